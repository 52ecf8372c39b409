package dev.sublinear.engine.constraint.grammar;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.automaton.Nfa;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;

/** Makes the nodes of one grammar, counts them, and settles their facts once all are made. */
public final class Grammar {
    private final CompileBudget budget;
    private final List<Node> nodes = new ArrayList<>();

    public Grammar(CompileBudget budget) {
        this.budget = budget;
    }

    public CompileBudget budget() {
        return budget;
    }

    private <N extends Node> N added(N node) {
        budget.nodes(1);
        nodes.add(node);
        return node;
    }

    /** These bytes. */
    public Node literal(byte[] bytes) {
        return words(List.of(bytes));
    }

    public Node literal(String text) {
        return literal(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Any of these sequences of bytes. */
    public Node words(List<byte[]> words) {
        Nfa nfa = new Nfa(budget);
        int end = nfa.state();
        words.forEach(word -> nfa.word(Nfa.START, word, end));
        return terminal(nfa.determinised(end));
    }

    public Node terminal(Dfa dfa) {
        return added(new Node.Terminal(dfa));
    }

    public Node chain(Node... parts) {
        Node chain = parts[parts.length - 1];
        for (int i = parts.length - 2; i >= 0; i--) {
            chain = added(new Node.Chain(parts[i], chain));
        }
        return chain;
    }

    public Node choice(Node... branches) {
        return choice(Arrays.asList(branches));
    }

    public Node choice(List<Node> branches) {
        return branches.size() == 1 ? branches.get(0) : added(new Node.Choice(branches));
    }

    /** The empty set of texts. */
    public Node nothing() {
        return choice(List.of());
    }

    /** A part that takes at least one byte, several times; {@link Node.Repeat#UNLIMITED} for no upper limit. */
    public Node repeat(Node part, int least, int most) {
        return added(new Node.Repeat(part, least, most));
    }

    public Node.Rule rule() {
        return added(new Node.Rule());
    }

    /** Finds the facts of each node. Called once, when all are made. */
    public void settle() {
        boolean news = true;
        while (news) {
            news = false;
            for (Node node : nodes) {
                news |= node.settle();
            }
            budget.work(nodes.size());
        }
    }

    /**
     * Whether some node may begin with itself, so that its texts cannot be read from left to right. Nodes whose
     * beginnings are in order are taken away until none is left, or only nodes that wait for each other.
     */
    public boolean beginsWithItself() {
        IdentityHashMap<Node, Integer> waiting = new IdentityHashMap<>();
        IdentityHashMap<Node, List<Node>> waitedFor = new IdentityHashMap<>();
        Deque<Node> inOrder = new ArrayDeque<>();
        for (Node node : nodes) {
            List<Node> beginnings = node.beginnings();
            waiting.put(node, beginnings.size());
            beginnings.forEach(part ->
                    waitedFor.computeIfAbsent(part, p -> new ArrayList<>()).add(node));
            if (beginnings.isEmpty()) {
                inOrder.add(node);
            }
        }
        int left = nodes.size();
        for (; !inOrder.isEmpty(); left--) {
            for (Node node : waitedFor.getOrDefault(inOrder.remove(), List.of())) {
                if (waiting.merge(node, -1, Integer::sum) == 0) {
                    inOrder.add(node);
                }
            }
        }
        return left > 0;
    }
}
