package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * Keywords that decide which documents are valid and are not enforced: each is refused where it decides anything. Every
 * other keyword that nobody knows is an annotation, as JSON Schema 2020-12 says (core, 6.5).
 */
final class Unsupported {
    /** Say nothing where they are empty. */
    private static final Set<String> BY_NAME =
            Set.of("patternProperties", "dependentRequired", "dependentSchemas", "dependencies");

    private static final Set<String> ALWAYS = Set.of("not", "contains", "$dynamicRef", "$recursiveRef");

    private Unsupported() {}

    /** @throws SchemaException if a keyword decides something that an answer would not be held to */
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

    /** Whether a schema of names, which are always texts, allows all: {@code true}, {@code {}}, {@code {"type": "string"}}. */
    private static boolean allowsAnyText(JsonNode names) {
        if (names.isBoolean()) {
            return names.booleanValue();
        }
        return names.isObject()
                && (names.isEmpty()
                        || (names.size() == 1 && names.path("type").asText().equals("string")));
    }
}
