package dev.sublinear.engine.constraint.schema;

import static dev.sublinear.engine.constraint.grammar.Node.Repeat.UNLIMITED;

import dev.sublinear.engine.constraint.automaton.Nfa;
import dev.sublinear.engine.constraint.automaton.Spelling;
import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.regex.Regex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles objects: the declared properties in their order, then others where they are allowed. */
final class ObjectRules {
    static final Set<String> KEYWORDS = Set.of(
            "properties",
            "required",
            "additionalProperties",
            "unevaluatedProperties",
            "minProperties",
            "maxProperties");

    /**
     * Keywords for undeclared properties. They mean the same here, as no other keyword evaluates any; the first
     * decides.
     */
    private static final List<String> OTHERS = List.of("additionalProperties", "unevaluatedProperties");

    private final SchemaCompiler compiler;
    private final JsonGrammar json;
    private final Grammar grammar;

    ObjectRules(SchemaCompiler compiler, JsonGrammar json) {
        this.compiler = compiler;
        this.json = json;
        this.grammar = json.grammar();
    }

    private record Property(Node member, boolean required) {}

    /** The properties that are not declared, from {@code least} to {@code most} of them. */
    private record Others(Node member, int least, int most) {}

    Node compile(Schema schema) {
        Set<String> required = new LinkedHashSet<>(schema.texts("required"));
        Node value = otherValue(schema);
        Map<String, Node> values = new LinkedHashMap<>();
        schema.named("properties").forEach((name, property) -> values.put(name, compiler.compile(property)));
        Node undeclared = OTHERS.stream().anyMatch(schema::has) ? value : json.anything();
        required.forEach(name -> values.putIfAbsent(name, undeclared));
        List<Property> properties = new ArrayList<>();
        values.forEach((name, node) -> properties.add(new Property(json.member(name, node), required.contains(name))));
        return object(properties, others(schema, values.keySet(), required.size(), value));
    }

    private Node otherValue(Schema schema) {
        for (String others : OTHERS) {
            if (schema.has(others)) {
                return compiler.compile(schema.at(others));
            }
        }
        // A document is valid without undeclared properties, and a model would not know when to end them.
        return schema.has("properties") ? grammar.nothing() : json.anything();
    }

    private Others others(Schema schema, Set<String> declared, int required, Node value) {
        int most = schema.count("maxProperties").orElse(UNLIMITED);
        int least = Math.max(schema.count("minProperties").orElse(0) - required, 0);
        if (most < declared.size()) {
            throw schema.at("maxProperties").refuse("must be at least the number of properties, " + declared.size());
        }
        if (least > 1) {
            throw schema.at("minProperties")
                    .refuse("must be at most one more than the properties required, " + required
                            + ", as a name may come twice");
        }
        int others = most == UNLIMITED ? UNLIMITED : most - declared.size();
        return new Others(json.member(otherName(declared), value), least, others);
    }

    private Node otherName(Set<String> declared) {
        if (declared.isEmpty()) {
            return json.string(0, UNLIMITED);
        }
        CompileBudget budget = grammar.budget();
        Nfa nfa = new Nfa(budget);
        int end = nfa.state();
        declared.forEach(name -> nfa.word(Nfa.START, Spelling.of(name), end));
        return json.string(Regex.anything().automaton(budget).minus(nfa.determinised(end), budget));
    }

    /**
     * Built from the last property to the first: {@code rest} follows another property and a comma, {@code first} does
     * not.
     */
    private Node object(List<Property> properties, Others others) {
        Node end = grammar.literal("}");
        Node close = grammar.chain(json.space(), end);
        Node more = grammar.chain(json.comma(), others.member);
        Node rest = others.least <= others.most
                ? grammar.chain(grammar.repeat(more, others.least, others.most), close)
                : grammar.nothing();
        Node first = end;
        if (others.most > 0) {
            int left = others.most == UNLIMITED ? UNLIMITED : others.most - 1;
            Node some = grammar.chain(others.member, grammar.repeat(more, 0, left), close);
            first = others.least == 0 ? grammar.choice(end, some) : some;
        } else if (others.least > 0) {
            first = grammar.nothing();
        }
        for (int i = properties.size() - 1; i >= 0; i--) {
            Property property = properties.get(i);
            Node next = grammar.chain(json.comma(), property.member, rest);
            Node some = grammar.chain(property.member, rest);
            rest = property.required ? next : grammar.choice(next, rest);
            first = property.required ? some : grammar.choice(some, first);
        }
        return grammar.chain(grammar.literal("{"), json.space(), first);
    }
}
