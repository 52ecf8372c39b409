package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Namespace;
import dev.sublinear.model.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The attributes and methods that texts, lists and mappings have in Python, as far as templates use them. */
final class Methods {
    private static final Set<String> OF_TEXT = Set.of(
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "startswith",
            "endswith",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "join",
            "find",
            "rfind",
            "index",
            "count",
            "format",
            "isdigit",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "removeprefix",
            "removesuffix");
    private static final Set<String> OF_MAP = Set.of("get", "items", "keys", "values");
    private static final Set<String> OF_LIST = Set.of("index", "count");
    private static final Set<String> CHANGING = Set.of(
            "append",
            "extend",
            "insert",
            "pop",
            "remove",
            "clear",
            "update",
            "setdefault",
            "popitem",
            "sort",
            "reverse");

    private Methods() {}

    static boolean has(Object object, String name) {
        return (object instanceof Text && OF_TEXT.contains(name))
                || (object instanceof Map<?, ?> && OF_MAP.contains(name))
                || (object instanceof List<?> && OF_LIST.contains(name));
    }

    static Values.Function bound(Object object, String name) {
        return (arguments, meter) -> {
            if (object instanceof Text text) {
                meter.text(text.units());
                return ofText(text, name, arguments, meter);
            }
            if (object instanceof Map<?, ?> map) {
                return ofMap(map, name, arguments, meter);
            }
            return ofList((List<?>) object, name, arguments, meter);
        };
    }

    /** A key of a mapping, a field of a namespace or loop; undefined if there is none. */
    static Object field(Object object, Object key) {
        if (object instanceof Undefined undefined) {
            throw undefined.refuse();
        }
        String name = key.toString();
        if (object instanceof Map<?, ?> map) {
            Object value = map.get(key);
            if (value != null) {
                return value;
            }
        } else if (object instanceof Namespace namespace) {
            return Values.get(namespace.fields(), key);
        } else if (object instanceof Loop loop) {
            return loop.field(name);
        }
        if (key instanceof Text && name.startsWith("_")) {
            throw new TemplateException("attribute \"" + name + "\" must not be asked for");
        }
        boolean collection = object instanceof Map<?, ?> || object instanceof List<?>;
        if (collection && key instanceof Text && CHANGING.contains(name)) {
            throw new TemplateException("\"" + name + "\" changes a value, which only a namespace allows");
        }
        return new Undefined(name);
    }

    private static Object ofText(Text text, String name, Arguments arguments, Meter meter) {
        return switch (name) {
            case "strip" -> stripped(text, arguments, true, true);
            case "lstrip" -> stripped(text, arguments, true, false);
            case "rstrip" -> stripped(text, arguments, false, true);
            case "split", "rsplit" -> counted(split(text, name, arguments), meter);
            case "splitlines" -> counted(text.lines(), meter);
            case "startswith" -> anyOf(arguments).stream().anyMatch(text::startsWith);
            case "endswith" -> anyOf(arguments).stream().anyMatch(text::endsWith);
            case "title" -> text.mapped(letters -> Filters.titled(letters, c -> !Character.isLetter(c)));
            case "upper", "lower", "capitalize" -> Filters.apply(name, text, Arguments.NONE, meter);
            case "replace" -> replaced(text, arguments, meter);
            case "join" -> Filters.join(text, Values.items(arguments.need(0, "iterable")), meter);
            case "find" -> (long) text.indexOf(arguments.text(0, "sub"));
            case "rfind" -> (long) text.lastIndexOf(arguments.text(0, "sub"));
            case "index" -> found(text.indexOf(arguments.text(0, "sub")));
            case "count" -> (long) text.count(arguments.text(0, "sub"));
            case "format" -> formatted(text, arguments, meter);
            case "removeprefix" ->
                text.startsWith(arguments.text(0, "prefix"))
                        ? text.slice(arguments.text(0, "prefix").length(), text.length())
                        : text;
            case "removesuffix" ->
                text.endsWith(arguments.text(0, "suffix"))
                        ? text.slice(
                                0, text.length() - arguments.text(0, "suffix").length())
                        : text;
            case "isdigit" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" -> text.units() > 0 && text.strip().units() == 0;
            case "isupper" -> Tests.isCase(text, Character::isUpperCase, Character::isLowerCase);
            default -> Tests.isCase(text, Character::isLowerCase, Character::isUpperCase);
        };
    }

    private static boolean all(Text text, IntPredicate kind) {
        return text.units() > 0 && text.toString().codePoints().allMatch(kind);
    }

    static Text stripped(Text text, Arguments arguments, boolean left, boolean right) {
        Object set = arguments.or(0, "chars", Values.NONE);
        if (set == Values.NONE) {
            return right ? (left ? text.strip() : text.stripRight()) : text.stripLeft();
        }
        Text characters = Values.text(set, "chars");
        Text shorter = left ? text.stripLeft(characters) : text;
        return right ? shorter.stripRight(characters) : shorter;
    }

    private static List<Text> split(Text text, String name, Arguments arguments) {
        Object separator = arguments.or(0, "sep", Values.NONE);
        int most = arguments.integer(1, "maxsplit", -1);
        int splits = most < 0 ? Integer.MAX_VALUE : most;
        if (separator == Values.NONE) {
            if (most >= 0) {
                throw new TemplateException("\"maxsplit\" needs a \"sep\"");
            }
            return text.words();
        }
        Text at = Values.text(separator, "sep");
        return name.equals("split") ? text.split(at, splits) : text.splitFromEnd(at, splits);
    }

    static List<Text> counted(List<Text> list, Meter meter) {
        meter.items(list.size());
        return list;
    }

    private static List<Text> anyOf(Arguments arguments) {
        Object given = arguments.need(0, "prefix");
        return given instanceof List<?> several
                ? several.stream().map(one -> Values.text(one, "prefix")).toList()
                : List.of(Values.text(given, "prefix"));
    }

    static Text replaced(Text text, Arguments arguments, Meter meter) {
        Text old = arguments.text(0, "old");
        Text by = arguments.text(1, "new");
        int most = arguments.integer(2, "count", -1);
        int limit = most < 0 ? Integer.MAX_VALUE : most;
        int places = old.units() == 0 ? 0 : Math.min(limit, text.count(old));
        meter.text(text.units() + (long) places * (by.units() - old.units()));
        return text.replace(old, by, limit);
    }

    private static long found(int place) {
        if (place < 0) {
            throw new TemplateException("\"index\" must find its text");
        }
        return place;
    }

    /** Python's {@code str.format} with places that are empty, counted or named, without format specifications. */
    private static Text formatted(Text text, Arguments arguments, Meter meter) {
        Text.Builder out = new Text.Builder();
        int next = 0;
        List<Text> parts = text.split(Text.written("{"), Integer.MAX_VALUE);
        out.append(parts.get(0));
        for (Text part : parts.subList(1, parts.size())) {
            int close = part.indexOf(Text.written("}"));
            if (close < 0) {
                throw new TemplateException("\"format\" knows {}, {0} and {name} only");
            }
            String name = part.slice(0, close).toString();
            if (!name.isEmpty() && next > 0 && Character.isDigit(name.charAt(0))) {
                throw new TemplateException("\"format\" must count its places itself or be told them, not both");
            }
            Object value = name.isEmpty() || name.chars().allMatch(Character::isDigit)
                    ? arguments.need(name.isEmpty() ? next++ : Integer.parseInt(name), "place " + name)
                    : arguments.need(Integer.MAX_VALUE, name);
            Text shown = Values.print(value, meter);
            meter.text(out.units() + (long) shown.units());
            out.append(shown).append(part.slice(close + 1, part.length()));
        }
        return out.build();
    }

    /** Python's {@code text % values} with %s, %d, %r and %%. */
    static Text percent(Text text, Object values, Meter meter) {
        List<?> list = values instanceof List<?> several ? several : List.of(values);
        Text.Builder out = new Text.Builder();
        int next = 0;
        List<Text> parts = text.split(Text.written("%"), Integer.MAX_VALUE);
        out.append(parts.get(0));
        for (int i = 1; i < parts.size(); i++) {
            Text part = parts.get(i);
            String kind = part.units() == 0 ? "%" : part.slice(0, 1).toString();
            if (kind.equals("%") && i + 1 < parts.size()) {
                out.append("%").append(parts.get(++i));
                continue;
            }
            if (!kind.equals("s") && !kind.equals("d") && !kind.equals("r")) {
                throw new TemplateException("% knows %s, %d, %r and %% only");
            }
            if (next >= list.size()) {
                throw new TemplateException("% must have a value for each place");
            }
            Object value = list.get(next++);
            Text shown = kind.equals("r") ? Values.represent(value, meter) : Values.print(value, meter);
            meter.text(out.units() + (long) shown.units());
            out.append(shown).append(part.slice(1, part.length()));
        }
        return out.build();
    }

    private static Object ofMap(Map<?, ?> map, String name, Arguments arguments, Meter meter) {
        if (name.equals("get")) {
            Object value = map.get(arguments.need(0, "key"));
            return value == null ? arguments.or(1, "default", Values.NONE) : value;
        }
        meter.items(map.size());
        return switch (name) {
            case "items" -> pairs(map);
            case "keys" -> new ArrayList<>(map.keySet());
            default -> new ArrayList<>(map.values());
        };
    }

    static List<List<Object>> pairs(Map<?, ?> map) {
        List<List<Object>> pairs = new ArrayList<>();
        map.forEach((key, value) -> pairs.add(List.of(key, value)));
        return pairs;
    }

    private static Object ofList(List<?> list, String name, Arguments arguments, Meter meter) {
        Object wanted = arguments.need(0, "value");
        meter.items(list.size());
        if (name.equals("count")) {
            return list.stream().filter(item -> Values.same(item, wanted)).count();
        }
        for (int i = 0; i < list.size(); i++) {
            if (Values.same(list.get(i), wanted)) {
                return (long) i;
            }
        }
        return found(-1);
    }
}
