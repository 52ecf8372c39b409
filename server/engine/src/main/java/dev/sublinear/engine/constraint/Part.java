package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.constraint.grammar.Node;
import java.util.List;

/** A part of an answer that is constrained; {@link Constraints#answer} compiles it. */
public sealed interface Part {

    /** The part as a node of a grammar that is settled later. */
    Node in(PartGrammar grammar);

    /** One part after another. */
    static Part of(Part... parts) {
        return new InOrder(List.of(parts));
    }

    /** These characters. */
    record Literal(String text) implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.literal(text);
        }
    }

    /** A text as a JSON string has it. */
    record Spelled(String text) implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.spelled(text);
        }
    }

    /** A control token or, where the vocabulary has none of this name, the name as text. */
    record Marker(String name) implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.marker(name);
        }
    }

    /** Any text that ends with the first marker of this name. */
    record Until(String marker) implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.until(marker);
        }
    }

    /**
     * A JSON document that is valid by a schema.
     *
     * @param pointer the beginning of the places in errors
     */
    record Json(JsonNode schema, String pointer) implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.json(schema, pointer);
        }
    }

    /** Any JSON object. */
    record AnyObject() implements Part {
        @Override
        public Node in(PartGrammar grammar) {
            return grammar.anyObject();
        }
    }

    /** Parts one after another; at least one. */
    record InOrder(List<Part> parts) implements Part {
        public InOrder {
            parts = List.copyOf(parts);
        }

        @Override
        public Node in(PartGrammar grammar) {
            return grammar.inOrder(parts);
        }
    }

    /** One of several parts. */
    record OneOf(List<Part> parts) implements Part {
        public OneOf {
            parts = List.copyOf(parts);
        }

        @Override
        public Node in(PartGrammar grammar) {
            return grammar.oneOf(parts);
        }
    }
}
