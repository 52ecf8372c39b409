package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Undefined;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The filters, which a template writes after a bar: {@code value | name(arguments)}. */
final class Filters {
    static final Set<String> NAMES = Set.of(
            "trim",
            "length",
            "count",
            "tojson",
            "upper",
            "lower",
            "capitalize",
            "title",
            "default",
            "d",
            "join",
            "list",
            "string",
            "int",
            "float",
            "first",
            "last",
            "map",
            "select",
            "reject",
            "selectattr",
            "rejectattr",
            "replace",
            "items",
            "dictsort",
            "indent",
            "safe",
            "escape",
            "e",
            "round",
            "abs",
            "sum",
            "min",
            "max",
            "sort",
            "reverse",
            "unique",
            "format",
            "batch",
            "attr");

    private Filters() {}

    static Object apply(String name, Object value, Arguments arguments, Meter meter) {
        return switch (name) {
            case "trim" -> Methods.stripped(measured(value, meter), arguments, true, true);
            case "length", "count" -> (long) Values.length(value);
            case "tojson" -> ToJson.of(value, arguments, meter);
            case "upper" -> measured(value, meter).mapped(text -> text.toUpperCase(Locale.ROOT));
            case "lower" -> measured(value, meter).mapped(text -> text.toLowerCase(Locale.ROOT));
            case "capitalize" -> measured(value, meter).mapped(text -> text.isEmpty() ? text : capitalized(text));
            case "title" ->
                measured(value, meter).mapped(text -> titled(text, c -> "-({[<".indexOf(c) >= 0 || Text.isSpace(c)));
            case "default", "d" -> otherwise(value, arguments);
            case "join" -> joined(items(value, meter), arguments, meter);
            case "list" -> new ArrayList<>(items(value, meter));
            case "string" -> Values.print(value, meter);
            case "safe" -> value;
            case "escape", "e" -> escaped(measured(value, meter), meter);
            case "int" -> whole(value, arguments);
            case "float" -> decimal(value, arguments);
            case "first" -> first(items(value, meter));
            case "last" -> last(items(value, meter));
            case "map" -> mapped(items(value, meter), arguments, meter);
            case "select", "reject" -> selected(items(value, meter), arguments, name.equals("select"), meter);
            case "selectattr", "rejectattr" ->
                selectedByField(items(value, meter), arguments, name.equals("selectattr"), meter);
            case "replace" -> Methods.replaced(measured(value, meter), arguments, meter);
            case "items" -> value instanceof Undefined ? List.of() : Methods.pairs(map(value));
            case "dictsort" ->
                sorted(
                        Methods.pairs(map(value)),
                        Comparator.comparing(pair -> ((List<?>) pair).get(0), folded(arguments, 0)));
            case "indent" -> indented(measured(value, meter), arguments, meter);
            case "round" -> rounded(value, arguments);
            case "abs" ->
                Values.number(value) instanceof Long whole
                        ? (Object) Math.abs(whole)
                        : (Object) Math.abs(Values.number(value).doubleValue());
            case "sum" -> sum(items(value, meter), arguments, meter);
            case "min" -> extreme(items(value, meter), false);
            case "max" -> extreme(items(value, meter), true);
            case "sort" -> sort(items(value, meter), arguments);
            case "reverse" -> reversed(value, meter);
            case "unique" -> unique(items(value, meter), meter);
            case "format" -> Methods.percent(measured(value, meter), arguments.positional(), meter);
            case "batch" -> batches(items(value, meter), arguments);
            case "attr" -> Methods.field(value, arguments.text(0, "name"));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The text that a value prints, with its length counted: filters of texts take any value. */
    private static Text measured(Object value, Meter meter) {
        Text text = Values.print(value, meter);
        meter.text(text.units());
        return text;
    }

    private static List<?> items(Object value, Meter meter) {
        List<?> items = Values.items(value);
        meter.items(items.size());
        return items;
    }

    private static Map<?, ?> map(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new TemplateException("must be a mapping, was " + Values.typeName(value));
    }

    private static String capitalized(String text) {
        int end = text.offsetByCodePoints(0, 1);
        return text.substring(0, end).toUpperCase(Locale.ROOT)
                + text.substring(end).toLowerCase(Locale.ROOT);
    }

    /** Makes the first letter of each word a capital and all others small. */
    static String titled(String text, IntPredicate wordsBeginAfter) {
        StringBuilder titled = new StringBuilder();
        boolean begins = true;
        for (int c : text.codePoints().toArray()) {
            titled.appendCodePoint(begins ? Character.toTitleCase(c) : Character.toLowerCase(c));
            begins = wordsBeginAfter.test(c);
        }
        return titled.toString();
    }

    private static Object otherwise(Object value, Arguments arguments) {
        boolean alsoFalse = Values.isTrue(arguments.or(1, "boolean", false));
        boolean missing = value instanceof Undefined || (alsoFalse && !Values.isTrue(value));
        return missing ? arguments.or(0, "default_value", Text.EMPTY) : value;
    }

    private static Text joined(List<?> items, Arguments arguments, Meter meter) {
        Object attribute = arguments.or(1, "attribute", Values.NONE);
        List<?> parts = attribute == Values.NONE
                ? items
                : items.stream().map(item -> path(item, attribute)).toList();
        return join(arguments.text(0, "d", ""), parts, meter);
    }

    static Text join(Text between, List<?> items, Meter meter) {
        List<Text> parts = new ArrayList<>();
        long characters = 0;
        for (Object item : items) {
            Text part = Values.print(item, meter);
            characters += part.units() + (long) between.units();
            meter.output(characters);
            parts.add(part);
        }
        meter.text(characters);
        return Text.join(between, parts);
    }

    private static Text escaped(Text text, Meter meter) {
        Text result = text;
        String[][] entities = {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"'", "&#39;"}, {"\"", "&#34;"}};
        for (String[] entity : entities) {
            List<Object> pair = List.of(Text.written(entity[0]), Text.written(entity[1]));
            result = Methods.replaced(result, new Arguments(pair, Map.of()), meter);
        }
        return result;
    }

    private static Object whole(Object value, Arguments arguments) {
        try {
            if (value instanceof Text text) {
                return new BigDecimal(text.strip().toString())
                        .setScale(0, RoundingMode.DOWN)
                        .longValueExact();
            }
            return Values.isNumber(value) ? (Object) Values.number(value).longValue() : arguments.or(0, "default", 0L);
        } catch (ArithmeticException | NumberFormatException e) {
            return arguments.or(0, "default", 0L);
        }
    }

    private static Object decimal(Object value, Arguments arguments) {
        try {
            if (value instanceof Text text) {
                return Double.parseDouble(text.strip().toString());
            }
            return Values.isNumber(value)
                    ? (Object) Values.number(value).doubleValue()
                    : arguments.or(0, "default", 0.0);
        } catch (NumberFormatException e) {
            return arguments.or(0, "default", 0.0);
        }
    }

    private static Object first(List<?> items) {
        return items.isEmpty() ? new Undefined("first of nothing") : items.get(0);
    }

    private static Object last(List<?> items) {
        return items.isEmpty() ? new Undefined("last of nothing") : items.get(items.size() - 1);
    }

    private static Object path(Object item, Object attribute) {
        Object value = item;
        for (Text name : Values.text(attribute, "attribute").split(Text.written("."), 16)) {
            value = Methods.field(value, name);
        }
        return value;
    }

    private static List<Object> mapped(List<?> items, Arguments arguments, Meter meter) {
        Object attribute = arguments.named().getOrDefault("attribute", Values.NONE);
        List<Object> mapped = new ArrayList<>();
        for (Object item : items) {
            if (attribute == Values.NONE) {
                mapped.add(apply(known(arguments.text(0, "filter"), NAMES), item, arguments.rest(), meter));
            } else {
                Object value = path(item, attribute);
                mapped.add(value instanceof Undefined ? arguments.named().getOrDefault("default", value) : value);
            }
        }
        return mapped;
    }

    private static String known(Text name, Set<String> names) {
        if (!names.contains(name.toString())) {
            throw new TemplateException(
                    "must be one of " + names.stream().sorted().toList() + ", was \"" + name + "\"");
        }
        return name.toString();
    }

    private static List<Object> selected(List<?> items, Arguments arguments, boolean wanted, Meter meter) {
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            if (holds(item, 0, arguments, meter) == wanted) {
                selected.add(item);
            }
        }
        return selected;
    }

    private static List<Object> selectedByField(List<?> items, Arguments arguments, boolean wanted, Meter meter) {
        List<Object> selected = new ArrayList<>();
        for (Object item : items) {
            if (holds(path(item, arguments.need(0, "attribute")), 1, arguments, meter) == wanted) {
                selected.add(item);
            }
        }
        return selected;
    }

    /** Whether the test holds that the argument at this place names; without that argument, whether the value is true. */
    private static boolean holds(Object value, int place, Arguments arguments, Meter meter) {
        meter.step();
        List<Object> positional = arguments.positional();
        if (positional.size() <= place) {
            return Values.isTrue(value);
        }
        String test = known(Values.text(positional.get(place), "test"), Tests.NAMES);
        Arguments rest = new Arguments(positional.subList(place + 1, positional.size()), Map.of());
        return Tests.holds(test, value, rest, meter);
    }

    private static Text indented(Text text, Arguments arguments, Meter meter) {
        Object width = arguments.or(0, "width", 4L);
        Text blank = width instanceof Text given
                ? given
                : Text.written(" ".repeat(Math.max(0, Math.min(256, Values.integer(width, "width")))));
        boolean first = Values.isTrue(arguments.or(1, "first", false));
        boolean empty = Values.isTrue(arguments.or(2, "blank", false));
        List<Text> lines = text.split(Text.written("\n"), Integer.MAX_VALUE);
        meter.text(text.units() + (long) lines.size() * blank.units());
        List<Text> moved = new ArrayList<>();
        for (Text line : lines) {
            boolean kept = moved.isEmpty() ? !first : line.units() == 0 && !empty;
            moved.add(kept ? line : blank.plus(line));
        }
        return Text.join(Text.written("\n"), moved);
    }

    private static Object rounded(Object value, Arguments arguments) {
        int digits = Math.max(-15, Math.min(15, arguments.integer(0, "precision", 0)));
        RoundingMode mode = switch (arguments.text(1, "method", "common").toString()) {
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> RoundingMode.HALF_EVEN;
        };
        return new BigDecimal(Values.number(value).doubleValue())
                .setScale(digits, mode)
                .doubleValue();
    }

    private static Object sum(List<?> items, Arguments arguments, Meter meter) {
        Object attribute = arguments.or(0, "attribute", Values.NONE);
        Object sum = arguments.or(1, "start", 0L);
        for (Object item : items) {
            sum = Arithmetic.apply("+", sum, attribute == Values.NONE ? item : path(item, attribute), meter);
        }
        return sum;
    }

    private static Object extreme(List<?> items, boolean greatest) {
        Comparator<Object> order = Values::compare;
        return items.isEmpty()
                ? new Undefined("extreme of nothing")
                : greatest ? Collections.max(items, order) : Collections.min(items, order);
    }

    private static List<Object> sort(List<?> items, Arguments arguments) {
        Object attribute = arguments.or(2, "attribute", Values.NONE);
        Comparator<Object> order = Comparator.comparing(
                item -> attribute == Values.NONE ? item : path(item, attribute), folded(arguments, 1));
        boolean reverse = Values.isTrue(arguments.or(0, "reverse", false));
        return sorted(items, reverse ? order.reversed() : order);
    }

    /** Jinja's order: regardless of case, unless {@code case_sensitive} is set. */
    private static Comparator<Object> folded(Arguments arguments, int place) {
        boolean asIs = Values.isTrue(arguments.or(place, "case_sensitive", false));
        return (one, other) -> Values.compare(asIs ? one : small(one), asIs ? other : small(other));
    }

    private static Object small(Object value) {
        return value instanceof Text text ? text.mapped(letters -> letters.toLowerCase(Locale.ROOT)) : value;
    }

    private static List<Object> sorted(List<?> items, Comparator<Object> order) {
        List<Object> sorted = new ArrayList<>(items);
        sorted.sort(order);
        return sorted;
    }

    private static Object reversed(Object value, Meter meter) {
        List<Object> reversed = new ArrayList<>(items(value, meter));
        Collections.reverse(reversed);
        return value instanceof Text ? join(Text.EMPTY, reversed, meter) : reversed;
    }

    private static List<Object> unique(List<?> items, Meter meter) {
        List<Object> unique = new ArrayList<>();
        for (Object item : items) {
            meter.items(unique.size());
            if (unique.stream().noneMatch(other -> Values.same(item, other))) {
                unique.add(item);
            }
        }
        return unique;
    }

    private static List<Object> batches(List<?> items, Arguments arguments) {
        int size = arguments.integer(0, "linecount", 0);
        if (size < 1) {
            throw new TemplateException("\"linecount\" must be at least 1, was " + size);
        }
        List<Object> batches = new ArrayList<>();
        for (int from = 0; from < items.size(); from += size) {
            batches.add(new ArrayList<>(items.subList(from, Math.min(items.size(), from + size))));
        }
        return batches;
    }
}
