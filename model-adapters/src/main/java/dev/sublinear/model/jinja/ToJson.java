package dev.sublinear.model.jinja;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The filter {@code tojson}: Python's json.dumps with {@code ensure_ascii=False}, as transformers defines it. */
final class ToJson {
    private final Meter meter;
    private final int indent;
    private final boolean sorted;
    private final boolean ascii;
    private final Text itemSeparator;
    private final Text keySeparator;
    private final Text.Builder out = new Text.Builder();

    private ToJson(Arguments options, Meter meter) {
        this.meter = meter;
        this.ascii = Values.isTrue(options.or(0, "ensure_ascii", false));
        this.indent = options.integer(1, "indent", -1);
        Object separators = options.or(2, "separators", Values.NONE);
        if (separators instanceof List<?> pair && pair.size() == 2) {
            this.itemSeparator = Values.text(pair.get(0), "separators");
            this.keySeparator = Values.text(pair.get(1), "separators");
        } else {
            this.itemSeparator = Text.written(indent < 0 ? ", " : ",");
            this.keySeparator = Text.written(": ");
        }
        this.sorted = Values.isTrue(options.or(3, "sort_keys", false));
        if (indent > 16) {
            throw new TemplateException("\"indent\" must be at most 16, was " + indent);
        }
    }

    static Text of(Object value, Arguments options, Meter meter) {
        ToJson json = new ToJson(options, meter);
        json.write(value, 0);
        return json.out.build();
    }

    private void write(Object value, int depth) {
        Values.requireShallow(depth);
        meter.step();
        if (value instanceof Text text) {
            string(text);
        } else if (value instanceof List<?> list) {
            list(list, depth);
        } else if (value instanceof Map<?, ?> map) {
            map(map, depth);
        } else if (value instanceof Boolean || value instanceof Long) {
            out.append(value.toString());
        } else if (value instanceof Double number) {
            out.append(
                    switch (Values.decimal(number)) {
                        case "nan" -> "NaN";
                        case "inf" -> "Infinity";
                        case "-inf" -> "-Infinity";
                        default -> Values.decimal(number);
                    });
        } else if (value == Values.NONE) {
            out.append("null");
        } else {
            throw new TemplateException("tojson cannot write " + Values.typeName(value));
        }
    }

    private void list(List<?> list, int depth) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        for (int i = 0; i < list.size(); i++) {
            between(i, depth + 1);
            write(list.get(i), depth + 1);
        }
        lineEnd(depth);
        out.append("]");
    }

    private void map(Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        out.append("{");
        List<? extends Map.Entry<?, ?>> entries = map.entrySet().stream().toList();
        if (sorted) {
            entries = entries.stream()
                    .sorted(Comparator.comparing(entry -> Values.print(entry.getKey(), meter)))
                    .toList();
        }
        for (int i = 0; i < entries.size(); i++) {
            between(i, depth + 1);
            string(Values.print(entries.get(i).getKey(), meter));
            out.append(keySeparator);
            write(entries.get(i).getValue(), depth + 1);
        }
        lineEnd(depth);
        out.append("}");
    }

    private void between(int index, int depth) {
        if (index > 0) {
            out.append(itemSeparator);
        }
        lineEnd(depth);
    }

    private void lineEnd(int depth) {
        if (indent >= 0) {
            meter.text((long) indent * depth + 1);
            out.append("\n").append(" ".repeat(indent * depth));
        }
    }

    private void string(Text text) {
        meter.text(text.units());
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toString().toCharArray()) {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\r' -> quoted.append("\\r");
                case '\t' -> quoted.append("\\t");
                case '\b' -> quoted.append("\\b");
                case '\f' -> quoted.append("\\f");
                default -> {
                    if (c < ' ' || (ascii && c > 126)) {
                        quoted.append(String.format("\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        meter.output(out.units() + (long) quoted.length());
        out.append(text.as(quoted.append('"').toString()));
    }
}
