package dev.sublinear.engine.constraint.schema;

import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns a JSON Schema into a grammar of its documents, or of some of them: which, the documentation of the package
 * {@code constraint} says.
 */
public final class SchemaCompiler {
    private static final Set<String> COMBINING = Set.of("$ref", "anyOf", "oneOf", "allOf");

    private final Schema root;
    private final JsonGrammar json;
    private final Grammar grammar;
    private final References references;
    private final Map<String, Node.Rule> rules = new HashMap<>();
    private int depth;

    private SchemaCompiler(Schema root, JsonGrammar json) {
        this.root = root;
        this.json = json;
        this.grammar = json.grammar();
        this.references = new References(root);
    }

    /**
     * Compiles a schema to a node of a grammar, which is settled later.
     *
     * @throws SchemaException naming the first place that is wrong or not supported
     */
    public static Node compile(Schema root, JsonGrammar json) {
        return new SchemaCompiler(root, json).compile(root);
    }

    /** Compiles a schema within the root. */
    Node compile(Schema schema) {
        int deepest = grammar.budget().limits().depth();
        if (++depth > deepest) {
            throw new SchemaException(schema.pointer(), "must not be nested deeper than " + deepest);
        }
        try {
            return any(schema);
        } catch (TooLargeException e) {
            throw new SchemaException(schema.pointer(), e.rule());
        } finally {
            depth--;
        }
    }

    List<Node> compile(List<Schema> schemas) {
        return schemas.stream().map(this::compile).toList();
    }

    private Node any(Schema schema) {
        if (schema.json().isBoolean()) {
            return schema.json().booleanValue() ? json.anything() : grammar.nothing();
        }
        if (!schema.json().isObject()) {
            throw schema.refuse("must be an object or a boolean");
        }
        List<String> combining = new ArrayList<>();
        List<String> asserting = new ArrayList<>();
        schema.json().fieldNames().forEachRemaining(keyword -> {
            if (COMBINING.contains(keyword)) {
                combining.add(keyword);
            } else if (Types.asserts(schema, keyword) || Literals.KEYWORDS.contains(keyword)) {
                asserting.add(keyword);
            } else {
                Unsupported.refuse(schema, root, keyword);
            }
        });
        if (combining.isEmpty()) {
            return asserted(schema);
        }
        if (combining.size() + asserting.size() > 1) {
            throw schema.unsupported(
                    combining.get(0),
                    "is not supported beside " + (combining.size() > 1 ? combining.get(1) : asserting.get(0)));
        }
        return combined(schema, combining.get(0));
    }

    private Node combined(Schema schema, String keyword) {
        return switch (keyword) {
            case "$ref" -> reference(schema);
            case "anyOf" -> grammar.choice(compile(schema.array(keyword)));
            case "oneOf" -> {
                List<Schema> branches = schema.array(keyword);
                new Disjointness(references).require(branches);
                yield grammar.choice(compile(branches));
            }
            default -> {
                List<Schema> parts = schema.array(keyword);
                if (parts.size() > 1) {
                    throw schema.unsupported(keyword, "is supported with one schema only, has " + parts.size());
                }
                yield compile(parts.get(0));
            }
        };
    }

    private Node reference(Schema schema) {
        Schema target = references.target(schema);
        Node.Rule known = rules.get(target.pointer());
        if (known != null) {
            return known;
        }
        Node.Rule rule = grammar.rule();
        rules.put(target.pointer(), rule);
        rule.is(compile(target));
        return rule;
    }

    private Node asserted(Schema schema) {
        if (schema.hasAny(Literals.KEYWORDS)) {
            List<byte[]> words =
                    Literals.of(schema).stream().map(Literals::spelled).toList();
            return words.isEmpty() ? grammar.nothing() : grammar.words(words);
        }
        return Types.areAll(schema)
                ? json.anything()
                : grammar.choice(Types.of(schema).stream()
                        .map(type -> typed(schema, type))
                        .toList());
    }

    private Node typed(Schema schema, Types type) {
        return switch (type) {
            case NULL -> grammar.literal("null");
            case BOOLEAN -> grammar.choice(grammar.literal("true"), grammar.literal("false"));
            case INTEGER -> grammar.terminal(NumberRules.compile(schema, true, grammar.budget()));
            case NUMBER -> grammar.terminal(NumberRules.compile(schema, false, grammar.budget()));
            case STRING -> StringRules.compile(schema, json);
            case ARRAY -> new ArrayRules(this, json).compile(schema);
            case OBJECT -> new ObjectRules(this, json).compile(schema);
        };
    }

    /** Whether any document at all is described. To be asked when the grammar is settled. */
    public static Node checked(Node node, Grammar grammar) {
        if (grammar.beginsWithItself()) {
            throw new SchemaException("", "has a $ref that leads to itself with nothing in between");
        }
        if (!node.finite()) {
            throw new SchemaException("", "describes no document that comes to an end");
        }
        return node;
    }
}
