package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.constraint.automaton.Spelling;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The values that {@code enum} or {@code const} lists. Each has one spelling, without white space. */
final class Literals {
    static final Set<String> KEYWORDS = Set.of("enum", "const");

    private Literals() {}

    /** Returns the values that are of a type that the schema allows. */
    static List<JsonNode> of(Schema schema) {
        List<JsonNode> values = new ArrayList<>();
        if (schema.has("enum")) {
            Schema listed = schema.at("enum");
            if (!listed.json().isArray() || listed.json().isEmpty()) {
                throw listed.refuse("must be an array that is not empty");
            }
            listed.json().forEach(values::add);
        }
        if (schema.has("const")) {
            JsonNode only = schema.json().get("const");
            if (values.isEmpty()) {
                values.add(only);
            } else {
                values.removeIf(value -> !equal(value, only));
            }
        }
        schema.json().fieldNames().forEachRemaining(keyword -> {
            if (Types.asserts(schema, keyword) && !keyword.equals("type")) {
                throw schema.unsupported(keyword, "is not supported beside enum or const");
            }
        });
        if (schema.has("type")) {
            Set<Types> types = Types.of(schema);
            values.removeIf(value -> !Types.contain(types, value));
        }
        return values;
    }

    /** Whether two values are the same, 1 and 1.0 too. */
    static boolean equal(JsonNode one, JsonNode other) {
        return one.equals(
                (a, b) -> a.equals(b)
                                || (a.isNumber()
                                        && b.isNumber()
                                        && a.decimalValue().compareTo(b.decimalValue()) == 0)
                        ? 0
                        : 1,
                other);
    }

    static byte[] spelled(JsonNode value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        spell(value, bytes);
        return bytes.toByteArray();
    }

    private static void spell(JsonNode value, ByteArrayOutputStream out) {
        if (value.isTextual()) {
            string(value.textValue(), out);
        } else if (value.isArray()) {
            String separator = "[";
            for (JsonNode item : value) {
                ascii(separator, out);
                spell(item, out);
                separator = ",";
            }
            ascii(value.isEmpty() ? "[]" : "]", out);
        } else if (value.isObject()) {
            String separator = "{";
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                ascii(separator, out);
                string(field.getKey(), out);
                ascii(":", out);
                spell(field.getValue(), out);
                separator = ",";
            }
            ascii(value.isEmpty() ? "{}" : "}", out);
        } else {
            ascii(value.asText(), out);
        }
    }

    private static void string(String text, ByteArrayOutputStream out) {
        ascii("\"", out);
        out.writeBytes(Spelling.of(text));
        ascii("\"", out);
    }

    private static void ascii(String text, ByteArrayOutputStream out) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
