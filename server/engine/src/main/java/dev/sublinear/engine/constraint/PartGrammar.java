package dev.sublinear.engine.constraint;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.automaton.Spelling;
import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.schema.JsonGrammar;
import dev.sublinear.engine.constraint.schema.Schema;
import dev.sublinear.engine.constraint.schema.SchemaCompiler;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes {@link Part}s as parts of a grammar. */
final class PartGrammar {
    private final JsonGrammar json;
    private final Grammar grammar;
    private final ControlTokens controls;

    PartGrammar(JsonGrammar json, ControlTokens controls) {
        this.json = json;
        this.grammar = json.grammar();
        this.controls = controls;
    }

    Node literal(String text) {
        return grammar.literal(text);
    }

    Node spelled(String text) {
        return grammar.chain(grammar.literal("\""), grammar.literal(Spelling.of(text)), grammar.literal("\""));
    }

    Node marker(String name) {
        return grammar.literal(bytes(name));
    }

    private byte[] bytes(String marker) {
        return controls.spelling(marker).orElseGet(() -> marker.getBytes(StandardCharsets.UTF_8));
    }

    Node until(String marker) {
        return grammar.terminal(Dfa.of(new UntilMachine(bytes(marker)), grammar.budget()));
    }

    Node json(JsonNode schema, String pointer) {
        return SchemaCompiler.compile(new Schema(schema, pointer), json);
    }

    Node anyObject() {
        return json.object();
    }

    Node inOrder(List<Part> parts) {
        return grammar.chain(parts.stream().map(part -> part.in(this)).toArray(Node[]::new));
    }

    Node oneOf(List<Part> parts) {
        return grammar.choice(parts.stream().map(part -> part.in(this)).toList());
    }
}
