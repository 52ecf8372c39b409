package dev.sublinear.engine.constraint.grammar;

import dev.sublinear.engine.constraint.automaton.Dfa;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node of a grammar: a set of texts. Nodes may contain themselves, through a {@link Rule}, so that a grammar can
 * describe nesting of any depth.
 *
 * <p>Two facts are found once all parts are known. {@code finite}: some text matches. {@code nullable}: the empty text
 * does. What is not finite is never entered, so that from each place in an answer its end can be reached.
 */
public abstract sealed class Node {
    private boolean finite;
    private boolean nullable;

    /** Whether some text matches, by what is known of the parts so far. */
    abstract boolean isFinite();

    /** Whether the empty text matches, by what is known of the parts so far. */
    abstract boolean isNullable();

    /** Adds the stacks of an answer that must go on with this node and then with {@code rest}. */
    abstract void expand(ParseStack rest, Closure out);

    /** The nodes with which a text of this one may begin. */
    abstract List<Node> beginnings();

    /** A node that no text of {@code bytes} bytes tells from this one, equal for as many nodes as possible. */
    Node seenFrom(int bytes) {
        return this;
    }

    /** Computes both facts again from the parts; returns whether one changed. */
    final boolean settle() {
        boolean news = finite != isFinite() || nullable != isNullable();
        finite = isFinite();
        nullable = isNullable();
        return news;
    }

    public final boolean finite() {
        return finite;
    }

    final boolean nullable() {
        return nullable;
    }

    /** A state of an automaton over bytes. */
    static final class Terminal extends Node {
        private final Dfa dfa;
        private final int state;
        private final @Nullable Terminal[] states;

        Terminal(Dfa dfa) {
            this(dfa, Dfa.START, new Terminal[dfa.states()]);
        }

        private Terminal(Dfa dfa, int state, @Nullable Terminal[] states) {
            this.dfa = dfa;
            this.state = state;
            this.states = states;
            if (!dfa.isEmpty()) {
                states[state] = this;
                settle();
            }
        }

        /** The state after a byte; null if no text goes on with it. */
        @Nullable
        Terminal next(int b) {
            int after = dfa.next(state, b);
            if (after == Dfa.DEAD) {
                return null;
            }
            Terminal known = states[after];
            return known == null ? new Terminal(dfa, after, states) : known;
        }

        @Override
        boolean isFinite() {
            return !dfa.isEmpty();
        }

        @Override
        boolean isNullable() {
            return !dfa.isEmpty() && dfa.accepts(state);
        }

        @Override
        void expand(ParseStack rest, Closure out) {
            if (dfa.continues(state)) {
                out.stop(rest.push(this));
            }
            if (dfa.accepts(state)) {
                out.expand(rest);
            }
        }

        @Override
        List<Node> beginnings() {
            return List.of();
        }
    }

    /** One part, then another. */
    static final class Chain extends Node {
        private final Node first;
        private final Node then;

        Chain(Node first, Node then) {
            this.first = first;
            this.then = then;
        }

        @Override
        boolean isFinite() {
            return first.finite() && then.finite();
        }

        @Override
        boolean isNullable() {
            return first.nullable() && then.nullable();
        }

        @Override
        void expand(ParseStack rest, Closure out) {
            out.expand(rest.push(then).push(first));
        }

        @Override
        List<Node> beginnings() {
            return first.nullable() ? List.of(first, then) : List.of(first);
        }
    }

    /** Any one of several parts. */
    static final class Choice extends Node {
        private final List<Node> branches;

        Choice(List<Node> branches) {
            this.branches = List.copyOf(branches);
        }

        @Override
        boolean isFinite() {
            return branches.stream().anyMatch(Node::finite);
        }

        @Override
        boolean isNullable() {
            return branches.stream().anyMatch(Node::nullable);
        }

        @Override
        void expand(ParseStack rest, Closure out) {
            for (Node branch : branches) {
                if (branch.finite()) {
                    out.expand(rest.push(branch));
                }
            }
        }

        @Override
        List<Node> beginnings() {
            return branches;
        }
    }

    /** One part several times. The part is not nullable. */
    public static final class Repeat extends Node {
        public static final int UNLIMITED = Integer.MAX_VALUE;

        private final Node part;
        private final int least;
        private final int most;

        Repeat(Node part, int least, int most) {
            this.part = part;
            this.least = least;
            this.most = most;
        }

        @Override
        boolean isFinite() {
            return least == 0 || part.finite();
        }

        @Override
        boolean isNullable() {
            return least == 0;
        }

        @Override
        void expand(ParseStack rest, Closure out) {
            if (least == 0) {
                out.expand(rest);
            }
            if (most > 0 && part.finite()) {
                out.expand(rest.push(afterOne()).push(part));
            }
        }

        private Repeat afterOne() {
            int left = most == UNLIMITED ? UNLIMITED : most - 1;
            return least == 0 && most == UNLIMITED ? this : new Repeat(part, Math.max(least - 1, 0), left);
        }

        @Override
        List<Node> beginnings() {
            return List.of(part);
        }

        /** Each part takes at least one byte, so that parts beyond {@code bytes} cannot be reached. */
        @Override
        Node seenFrom(int bytes) {
            return new Repeat(part, Math.min(least, bytes + 1), most > bytes ? UNLIMITED : most);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Repeat repeat
                    && part == repeat.part
                    && least == repeat.least
                    && most == repeat.most;
        }

        @Override
        public int hashCode() {
            return Objects.hash(System.identityHashCode(part), least, most);
        }
    }

    /** A name for a node, which can be used before the node is known. */
    public static final class Rule extends Node {
        private @Nullable Node body;

        public void is(Node part) {
            body = part;
        }

        private Node body() {
            return Objects.requireNonNull(body);
        }

        @Override
        boolean isFinite() {
            return body().finite();
        }

        @Override
        boolean isNullable() {
            return body().nullable();
        }

        @Override
        void expand(ParseStack rest, Closure out) {
            out.expand(rest.push(body()));
        }

        @Override
        List<Node> beginnings() {
            return List.of(body());
        }
    }
}
