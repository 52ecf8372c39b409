package dev.sublinear.engine.constraint.schema;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Follows the references of a schema, which lead to places in the same schema. */
final class References {
    private static final String KEYWORD = "$ref";

    private final Schema root;

    References(Schema root) {
        this.root = root;
    }

    /** Returns the place to which a schema's {@code $ref} leads. */
    Schema target(Schema schema) {
        String reference = schema.text(KEYWORD).orElseThrow();
        if (!reference.equals("#") && !reference.startsWith("#/")) {
            throw schema.at(KEYWORD).refuse("must begin with #/ and lead to a place in the same schema");
        }
        JsonNode found;
        String pointer;
        try {
            pointer = URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
            found = root.json().at(JsonPointer.compile(pointer));
        } catch (IllegalArgumentException e) {
            throw schema.at(KEYWORD).refuse("must be a JSON pointer");
        }
        if (found.isMissingNode()) {
            throw schema.at(KEYWORD).refuse("must lead to a place in the same schema");
        }
        return new Schema(found, root.pointer() + pointer);
    }

    /** Follows references until a schema is none. */
    Schema resolved(Schema schema) {
        Set<String> seen = new HashSet<>();
        Schema at = schema;
        while (at.has(KEYWORD)) {
            if (!seen.add(at.pointer())) {
                throw schema.at(KEYWORD).refuse("leads to itself with nothing in between");
            }
            at = target(at);
        }
        return at;
    }
}
