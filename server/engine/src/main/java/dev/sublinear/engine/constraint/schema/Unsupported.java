package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * Refuses the keywords that decide which documents are valid and are not enforced, where they decide anything. Every
 * other unknown keyword is an annotation, as JSON Schema 2020-12 says (core, 6.5).
 */
final class Unsupported {
    /** Keywords that decide nothing where they are empty. */
    private static final Set<String> BY_NAME =
            Set.of("patternProperties", "dependentRequired", "dependentSchemas", "dependencies");

    private static final Set<String> ALWAYS = Set.of("not", "contains", "$dynamicRef", "$recursiveRef");

    private Unsupported() {}

    /** @throws SchemaException if a keyword decides something that is not enforced */
    static void refuse(Schema schema, Schema root, String keyword) {
        JsonNode value = schema.json().get(keyword);
        boolean decides = ALWAYS.contains(keyword)
                || (BY_NAME.contains(keyword) && !(value.isObject() && value.isEmpty()))
                || (keyword.equals("propertyNames") && !allowsAnyText(value))
                || (keyword.equals("if") && (schema.has("then") || schema.has("else")))
                || (keyword.equals("$id") && !schema.pointer().equals(root.pointer()));
        if (decides) {
            throw schema.unsupported(keyword, "is not supported" + (keyword.equals("$id") ? " below the root" : ""));
        }
    }

    /** Whether a schema of names allows every text: {@code true}, {@code {}} or {@code {"type": "string"}}. */
    private static boolean allowsAnyText(JsonNode names) {
        if (names.isBoolean()) {
            return names.booleanValue();
        }
        return names.isObject()
                && (names.isEmpty()
                        || (names.size() == 1 && names.path("type").asText().equals("string")));
    }
}
