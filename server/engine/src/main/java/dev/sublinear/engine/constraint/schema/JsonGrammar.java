package dev.sublinear.engine.constraint.schema;

import static dev.sublinear.engine.constraint.grammar.Node.Repeat.UNLIMITED;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.automaton.Nfa;
import dev.sublinear.engine.constraint.automaton.Spelling;
import dev.sublinear.engine.constraint.grammar.Grammar;
import dev.sublinear.engine.constraint.grammar.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of JSON texts. White space is a space, or a new line and up to 20 spaces, so that it ends. */
public final class JsonGrammar {
    private static final int MOST_INDENTED = 20;

    private final Grammar grammar;
    private final Node space;
    private final Node quote;
    private final Node comma;
    private final Node colon;
    private @Nullable Node character;
    private @Nullable Node anything;
    private @Nullable Node object;

    public JsonGrammar(Grammar grammar) {
        this.grammar = grammar;
        this.space = grammar.terminal(boundedSpace());
        this.quote = grammar.literal("\"");
        this.comma = grammar.chain(grammar.literal(","), space);
        this.colon = grammar.chain(grammar.literal(":"), space);
    }

    private Dfa boundedSpace() {
        Nfa nfa = new Nfa(grammar.budget());
        int end = nfa.state();
        nfa.empty(Nfa.START, end);
        nfa.edge(Nfa.START, ' ', ' ', end);
        int at = nfa.state();
        nfa.edge(Nfa.START, '\n', '\n', at);
        for (int i = 0; i < MOST_INDENTED; i++) {
            int next = nfa.state();
            nfa.edge(at, ' ', ' ', next);
            nfa.empty(at, end);
            at = next;
        }
        nfa.empty(at, end);
        return nfa.determinised(end);
    }

    public Grammar grammar() {
        return grammar;
    }

    /** A comma, then white space. */
    Node comma() {
        return comma;
    }

    Node space() {
        return space;
    }

    /** A string of {@code least} to {@code most} characters, each spelled in any way that JSON has. */
    Node string(int least, int most) {
        return grammar.chain(quote, grammar.repeat(character(), least, most), quote);
    }

    private Node character() {
        if (character == null) {
            Nfa nfa = new Nfa(grammar.budget());
            int end = nfa.state();
            Spelling.add(nfa, Nfa.START, Spelling.spellable(), end);
            nfa.ranges(Nfa.START, new int[] {'\\', '\\', '/', '/'}, end);
            Spelling.addNumbers(nfa, Nfa.START, end);
            character = grammar.terminal(nfa.determinised(end));
        }
        return character;
    }

    /** A string that an automaton accepts. */
    Node string(Dfa spelled) {
        return grammar.chain(quote, grammar.terminal(spelled), quote);
    }

    /** A property's name and value. */
    Node member(String name, Node value) {
        return grammar.chain(literal(name), colon, value);
    }

    Node member(Node name, Node value) {
        return grammar.chain(name, colon, value);
    }

    /** A string with one value, in its shortest spelling. */
    private Node literal(String text) {
        return grammar.chain(quote, grammar.literal(Spelling.of(text)), quote);
    }

    /** Any value. */
    Node anything() {
        if (anything == null) {
            Node.Rule rule = grammar.rule();
            anything = rule;
            rule.is(grammar.choice(List.of(
                    string(0, UNLIMITED),
                    grammar.terminal(NumberRules.anyNumber(grammar.budget())),
                    grammar.literal("true"),
                    grammar.literal("false"),
                    grammar.literal("null"),
                    object(),
                    array(rule))));
        }
        return anything;
    }

    /** Any object. */
    public Node object() {
        if (object == null) {
            Node.Rule rule = grammar.rule();
            object = rule;
            Node member = member(string(0, UNLIMITED), anything());
            rule.is(container("{", member, 0, UNLIMITED, "}"));
        }
        return object;
    }

    private Node array(Node item) {
        return container("[", item, 0, UNLIMITED, "]");
    }

    /** From {@code least} to {@code most} parts of one kind between brackets, with commas. */
    Node container(String open, Node part, int least, int most, String close) {
        Node end = grammar.literal(close);
        Node some = grammar.chain(
                part,
                grammar.repeat(
                        grammar.chain(comma, part), Math.max(least - 1, 0), most == UNLIMITED ? UNLIMITED : most - 1),
                space,
                end);
        if (most == 0) {
            return grammar.chain(grammar.literal(open), space, end);
        }
        return grammar.chain(grammar.literal(open), space, least == 0 ? grammar.choice(end, some) : some);
    }
}
