package dev.sublinear.engine.constraint;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;

/** Makes the parts of one grammar, counts them, and finds out what they are once all are made. */
final class Grammar {
    private final Budget budget;
    private final List<Node> nodes = new ArrayList<>();

    Grammar(Budget budget) {
        this.budget = budget;
    }

    Budget budget() {
        return budget;
    }

    private <N extends Node> N added(N node) {
        budget.nodes(1);
        nodes.add(node);
        return node;
    }

    /** These bytes. */
    Node literal(byte[] bytes) {
        return words(List.of(bytes));
    }

    Node literal(String text) {
        return literal(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Any of these sequences of bytes. */
    Node words(List<byte[]> words) {
        Nfa nfa = new Nfa(budget);
        int end = nfa.state();
        words.forEach(word -> nfa.word(Nfa.START, word, end));
        return terminal(nfa.determinised(end));
    }

    Node terminal(Dfa dfa) {
        return added(new Node.Terminal(dfa));
    }

    Node chain(Node... parts) {
        Node chain = parts[parts.length - 1];
        for (int i = parts.length - 2; i >= 0; i--) {
            chain = added(new Node.Chain(parts[i], chain));
        }
        return chain;
    }

    Node choice(Node... branches) {
        return choice(Arrays.asList(branches));
    }

    Node choice(List<Node> branches) {
        return branches.size() == 1 ? branches.get(0) : added(new Node.Choice(branches));
    }

    /** What no text matches. */
    Node nothing() {
        return choice(List.of());
    }

    /** A part that takes at least one byte, several times; {@link Node.Repeat#UNLIMITED} for no upper limit. */
    Node repeat(Node part, int least, int most) {
        return added(new Node.Repeat(part, least, most));
    }

    Node.Rule rule() {
        return added(new Node.Rule());
    }

    /** Finds which parts have a text; to be called once all are made. */
    void settle() {
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
     * Whether some part may begin with itself, so that its texts cannot be read from left to right. Parts whose
     * beginnings are in order are taken away until none is left, or only those that wait for each other.
     */
    boolean beginsWithItself() {
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
