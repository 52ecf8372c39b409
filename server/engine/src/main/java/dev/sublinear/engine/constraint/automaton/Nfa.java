package dev.sublinear.engine.constraint.automaton;

import dev.sublinear.engine.constraint.limits.CompileBudget;
import java.nio.IntBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A nondeterministic automaton over bytes with one start, state 0. It is built state by state, then made a {@link Dfa}.
 */
public final class Nfa {
    public static final int START = 0;

    private static final int WORK_OF_STATE = 100;

    private record Edge(int low, int high, int to) {}

    private final CompileBudget budget;
    private final List<List<Edge>> edges = new ArrayList<>();
    private final List<List<Integer>> empties = new ArrayList<>();
    private final BitSet firsts = new BitSet(); // the least byte of each class

    public Nfa(CompileBudget budget) {
        this.budget = budget;
        state();
    }

    public int state() {
        budget.work(WORK_OF_STATE);
        edges.add(new ArrayList<>());
        empties.add(new ArrayList<>());
        return edges.size() - 1;
    }

    /** Adds an edge from one state to another for each byte from {@code low} to {@code high}. */
    public void edge(int from, int low, int high, int to) {
        edges.get(from).add(new Edge(low, high, to));
        firsts.set(low);
        if (high + 1 < ByteClasses.BYTES) {
            firsts.set(high + 1);
        }
    }

    /** Adds an edge that takes no byte. */
    public void empty(int from, int to) {
        empties.get(from).add(to);
    }

    /** Adds a path that takes these bytes in order. */
    public void word(int from, byte[] bytes, int to) {
        int at = from;
        for (byte b : bytes) {
            int next = state();
            edge(at, b & 0xff, b & 0xff, next);
            at = next;
        }
        empty(at, to);
    }

    /** Adds a path that takes one byte of each range in order; a range is a pair, its least and its greatest byte. */
    public void ranges(int from, int[] pairs, int to) {
        int at = from;
        for (int i = 0; i < pairs.length; i += 2) {
            int next = i + 2 == pairs.length ? to : state();
            edge(at, pairs[i], pairs[i + 1], next);
            at = next;
        }
    }

    /** The automaton of the texts that lead from the start to {@code end}. */
    public Dfa determinised(int end) {
        return Dfa.of(new Subsets(end), budget);
    }

    /**
     * The subset construction: a state is a sorted set of this automaton's states. An IntBuffer is equal by its
     * content.
     */
    private final class Subsets implements ByteMachine<IntBuffer> {
        private final int end;

        Subsets(int end) {
            this.end = end;
        }

        @Override
        public IntBuffer start() {
            BitSet start = new BitSet();
            start.set(START);
            return closed(start);
        }

        @Override
        public @Nullable IntBuffer next(IntBuffer state, int b) {
            BitSet reached = new BitSet();
            for (int i = 0; i < state.limit(); i++) {
                for (Edge edge : edges.get(state.get(i))) {
                    if (edge.low <= b && b <= edge.high) {
                        reached.set(edge.to);
                    }
                }
            }
            budget.work(state.limit());
            return reached.isEmpty() ? null : closed(reached);
        }

        private IntBuffer closed(BitSet states) {
            Deque<Integer> open = new ArrayDeque<>();
            states.stream().forEach(open::add);
            while (!open.isEmpty()) {
                for (int to : empties.get(open.remove())) {
                    if (!states.get(to)) {
                        states.set(to);
                        open.add(to);
                    }
                }
            }
            budget.work(states.cardinality() + states.length() / 64);
            return IntBuffer.wrap(states.stream()
                    .filter(state -> state == end || !edges.get(state).isEmpty())
                    .toArray());
        }

        @Override
        public boolean accepts(IntBuffer state) {
            for (int i = 0; i < state.limit(); i++) {
                if (state.get(i) == end) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public ByteClasses classes() {
            return new ByteClasses(firsts);
        }
    }
}
