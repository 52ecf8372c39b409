package dev.sublinear.model.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values that a template computes with: Boolean, Long, Double, {@link Text}, List, Map, and the types below. There
 * are no others, so that a template cannot reach anything of Java.
 */
final class Values {
    /** Python's None. */
    static final Object NONE = new Object() {
        @Override
        public String toString() {
            return "None";
        }
    };

    /** Deeper than any schema of a tool that a request can send. */
    private static final int MAX_DEPTH = 192;

    /** A variable or attribute that is not there; remembers its name for the message. */
    record Undefined(String name) {
        TemplateException refuse() {
            return new TemplateException("\"" + name + "\" is undefined");
        }
    }

    /** A value that a template can call. */
    interface Function {
        Object call(Arguments arguments, Meter meter);
    }

    /** Jinja's namespace: the one value that a template may change. */
    record Namespace(Map<Object, Object> fields) {}

    private Values() {}

    /** The value that a template sees for a value of Java. */
    static Object of(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> copy = new LinkedHashMap<>();
            map.forEach((key, of) -> copy.put(of(key), of(of)));
            return copy;
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(Values::of).toList();
        }
        if (value instanceof String string) {
            return Text.written(string);
        }
        if (value instanceof Integer integer) {
            return integer.longValue();
        }
        boolean known = value == NONE
                || value instanceof Text
                || value instanceof Boolean
                || value instanceof Long
                || value instanceof Double;
        if (!known) {
            throw new IllegalArgumentException("a template cannot compute with a " + value.getClass());
        }
        return value;
    }

    static boolean isTrue(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        if (value instanceof Text text) {
            return text.units() > 0;
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Map<?, ?> map) {
            return !map.isEmpty();
        }
        if (value instanceof Number number) {
            return number.doubleValue() != 0;
        }
        return value != NONE && !(value instanceof Undefined);
    }

    static Text text(Object value, String what) {
        if (value instanceof Text text) {
            return text;
        }
        throw new TemplateException("\"" + what + "\" must be a text, was " + typeName(value));
    }

    static int integer(Object value, String what) {
        if (value instanceof Boolean truth) {
            return truth ? 1 : 0;
        }
        if (value instanceof Long number && number == number.intValue()) {
            return number.intValue();
        }
        throw new TemplateException("\"" + what + "\" must be a whole number, was " + typeName(value));
    }

    static String typeName(Object value) {
        if (value instanceof Undefined undefined) {
            return "undefined \"" + undefined.name() + "\"";
        }
        if (value == NONE) {
            return "none";
        }
        if (value instanceof Text) {
            return "a text";
        }
        if (value instanceof List<?>) {
            return "a list";
        }
        if (value instanceof Map<?, ?>) {
            return "a mapping";
        }
        if (value instanceof Boolean || value instanceof Number) {
            return value.toString();
        }
        return value instanceof Namespace ? "a namespace" : "a function";
    }

    /** The items that a loop visits. */
    static List<?> items(Object value) {
        if (value instanceof List<?> list) {
            return list;
        }
        if (value instanceof Map<?, ?> map) {
            return new ArrayList<>(map.keySet());
        }
        if (value instanceof Text text) {
            return text.letters();
        }
        if (value instanceof Undefined) {
            return List.of();
        }
        throw new TemplateException("only a list, a mapping or a text can be looped over, was " + typeName(value));
    }

    static int length(Object value) {
        if (value instanceof Text text) {
            return text.length();
        }
        if (value instanceof Map<?, ?> map) {
            return map.size();
        }
        if (value instanceof List<?> || value instanceof Undefined) {
            return items(value).size();
        }
        throw new TemplateException("only a list, a mapping or a text has a length, was " + typeName(value));
    }

    static boolean isNumber(Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    static Number number(Object value) {
        if (value instanceof Boolean truth) {
            return truth ? 1L : 0L;
        }
        if (value instanceof Number number) {
            return number;
        }
        throw new TemplateException("must be a number, was " + typeName(value));
    }

    /** Equality as Python has it: 1 == 1.0 == True, lists and mappings by what they hold. */
    static boolean same(Object one, Object other) {
        return same(one, other, 0);
    }

    private static boolean same(Object one, Object other, int depth) {
        requireShallow(depth);
        if (isNumber(one) && isNumber(other)) {
            return compare(one, other) == 0;
        }
        if (one instanceof List<?> a && other instanceof List<?> b) {
            boolean same = a.size() == b.size();
            for (int i = 0; same && i < a.size(); i++) {
                same = same(a.get(i), b.get(i), depth + 1);
            }
            return same;
        }
        if (one instanceof Map<?, ?> a && other instanceof Map<?, ?> b) {
            return a.size() == b.size()
                    && a.entrySet().stream()
                            .allMatch(entry -> b.containsKey(entry.getKey())
                                    && same(entry.getValue(), get(b, entry.getKey()), depth + 1));
        }
        return one.equals(other) || (one instanceof Undefined && other instanceof Undefined);
    }

    static Object get(Map<?, ?> map, Object key) {
        Object value = map.get(key);
        return value == null ? new Undefined(key.toString()) : value;
    }

    static int compare(Object one, Object other) {
        if (one instanceof Text a && other instanceof Text b) {
            return a.compareTo(b);
        }
        if (isNumber(one) && isNumber(other)) {
            Number a = number(one);
            Number b = number(other);
            return a instanceof Long && b instanceof Long
                    ? Long.compare(a.longValue(), b.longValue())
                    : Double.compare(a.doubleValue() + 0.0, b.doubleValue() + 0.0);
        }
        throw new TemplateException("cannot compare " + typeName(one) + " with " + typeName(other));
    }

    static boolean contains(Object container, Object item) {
        if (container instanceof Text text) {
            return text.contains(text(item, "left side of in"));
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(item);
        }
        return items(container).stream().anyMatch(one -> same(one, item));
    }

    /** The text that a value prints: Python's str. */
    static Text print(Object value, Meter meter) {
        if (value instanceof Text text) {
            return text;
        }
        if (value instanceof Undefined) {
            return Text.EMPTY;
        }
        return represent(value, meter);
    }

    /** Python's repr. */
    static Text represent(Object value, Meter meter) {
        Text.Builder out = new Text.Builder();
        represent(value, out, meter, 0);
        return out.build();
    }

    private static void represent(Object value, Text.Builder out, Meter meter, int depth) {
        requireShallow(depth);
        meter.step();
        if (value instanceof Text text) {
            meter.text(text.units());
            meter.output(out.units() + (long) text.units());
            out.append(text.as(quoted(text.toString())));
        } else if (value instanceof List<?> list) {
            String separator = "[";
            for (Object item : list) {
                represent(item, out.append(separator), meter, depth + 1);
                separator = ", ";
            }
            out.append(list.isEmpty() ? "[]" : "]");
        } else if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                represent(entry.getKey(), out.append(separator), meter, depth + 1);
                represent(entry.getValue(), out.append(": "), meter, depth + 1);
                separator = ", ";
            }
            out.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Boolean truth) {
            out.append(truth ? "True" : "False");
        } else if (value instanceof Double number) {
            out.append(decimal(number));
        } else if (value instanceof Long || value == NONE) {
            out.append(value.toString());
        } else {
            throw new TemplateException("cannot print " + typeName(value));
        }
    }

    static void requireShallow(int depth) {
        if (depth > MAX_DEPTH) {
            throw new TemplateException("lists and mappings must not be nested more than " + MAX_DEPTH + " deep");
        }
    }

    /** A number as Python writes it: 1.0, 1e-05, 1e+16. */
    static String decimal(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        double size = Math.abs(value);
        if (size == 0 || (size >= 1e-4 && size < 1e16)) {
            String plain = new java.math.BigDecimal(Double.toString(value)).toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String[] parts = Double.toString(value).split("E", -1);
        String digits = parts[0].endsWith(".0") ? parts[0].substring(0, parts[0].length() - 2) : parts[0];
        int exponent = Integer.parseInt(parts[1]);
        return digits + (exponent < 0 ? "e-" : "e+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder quoted = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (c == quote) {
                        quoted.append('\\').append(quote);
                    } else if (c < ' ' || c == 0x7f) {
                        quoted.append(String.format("\\x%02x", c));
                    } else {
                        quoted.appendCodePoint(c);
                    }
                }
            }
        });
        return quoted.append(quote).toString();
    }
}
