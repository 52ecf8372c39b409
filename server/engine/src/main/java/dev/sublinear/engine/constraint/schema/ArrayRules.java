package dev.sublinear.engine.constraint.schema;

import static dev.sublinear.engine.constraint.grammar.Node.Repeat.UNLIMITED;

import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import java.util.List;
import java.util.Set;

/** Compiles arrays: the number and the kinds of their items. */
final class ArrayRules {
    static final Set<String> KEYWORDS =
            Set.of("items", "unevaluatedItems", "prefixItems", "minItems", "maxItems", "uniqueItems");

    private final SchemaCompiler compiler;
    private final JsonGrammar json;
    private final Grammar grammar;

    ArrayRules(SchemaCompiler compiler, JsonGrammar json) {
        this.compiler = compiler;
        this.json = json;
        this.grammar = json.grammar();
    }

    Node compile(Schema schema) {
        if (schema.json().path("uniqueItems").asBoolean()) {
            throw schema.unsupported("uniqueItems", "is not supported");
        }
        int least = schema.count("minItems").orElse(0);
        int most = schema.count("maxItems").orElse(UNLIMITED);
        if (most < least) {
            return grammar.nothing();
        }
        if (schema.at("items").json().isArray()) {
            throw schema.unsupported("items", "must be one schema; for one schema for each item use prefixItems");
        }
        Node item = item(schema);
        if (!schema.has("prefixItems")) {
            return json.container("[", item, least, most, "]");
        }
        return tuple(compiler.compile(schema.array("prefixItems")), item, least, most);
    }

    private Node item(Schema schema) {
        // Without items, unevaluatedItems means the same: no other keyword evaluates an item.
        String keyword = schema.has("items") ? "items" : "unevaluatedItems";
        return schema.has(keyword) ? compiler.compile(schema.at(keyword)) : json.anything();
    }

    /** First items with a schema each, then others of one schema. Built from the last to the first. */
    private Node tuple(List<Node> first, Node item, int least, int most) {
        Node close = grammar.chain(json.space(), grammar.literal("]"));
        int others = most == UNLIMITED ? UNLIMITED : Math.max(most - first.size(), 0);
        Node rest = grammar.chain(
                grammar.repeat(grammar.chain(json.comma(), item), Math.max(least - first.size(), 0), others), close);
        for (int i = first.size() - 1; i > 0; i--) {
            Node more = grammar.chain(json.comma(), first.get(i), rest);
            rest = i < least ? more : i < most ? grammar.choice(close, more) : close;
        }
        Node some = grammar.chain(first.get(0), rest);
        Node end = grammar.literal("]");
        Node content = least > 0 ? some : most > 0 ? grammar.choice(end, some) : end;
        return grammar.chain(grammar.literal("["), json.space(), content);
    }
}
