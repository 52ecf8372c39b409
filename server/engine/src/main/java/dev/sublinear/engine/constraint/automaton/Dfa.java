package dev.sublinear.engine.constraint.automaton;

import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/** A deterministic automaton over bytes, as a table. From each of its states some text leads to an end. */
public final class Dfa {
    public static final int START = 0;
    public static final int DEAD = -1;

    private final ByteClasses classes;
    private final int[] next;
    private final BitSet accepting;

    private Dfa(ByteClasses classes, int[] next, BitSet accepting) {
        this.classes = classes;
        this.next = next;
        this.accepting = accepting;
    }

    /**
     * Explores a machine, without the states from which no end can be reached.
     *
     * @throws TooLargeException if the budget does not suffice
     */
    public static <S> Dfa of(ByteMachine<S> machine, CompileBudget budget) {
        ByteClasses classes = machine.classes();
        int[] bytes = classes.representatives();
        Map<S, Integer> numbers = new HashMap<>();
        List<S> states = new ArrayList<>();
        number(machine.start(), numbers, states, budget);
        List<int[]> rows = new ArrayList<>();
        BitSet accepting = new BitSet();
        for (int state = 0; state < states.size(); state++) {
            int[] row = new int[bytes.length];
            for (int c = 0; c < bytes.length; c++) {
                S after = machine.next(states.get(state), bytes[c]);
                row[c] = after == null ? DEAD : number(after, numbers, states, budget);
            }
            budget.work(bytes.length);
            rows.add(row);
            accepting.set(state, machine.accepts(states.get(state)));
        }
        return trimmed(classes, rows, accepting);
    }

    private static <S> int number(S state, Map<S, Integer> numbers, List<S> states, CompileBudget budget) {
        Integer known = numbers.putIfAbsent(state, states.size());
        if (known != null) {
            return known;
        }
        budget.states(1);
        states.add(state);
        return states.size() - 1;
    }

    private static Dfa trimmed(ByteClasses classes, List<int[]> rows, BitSet accepting) {
        BitSet live = live(rows, accepting);
        int[] renumbered = new int[rows.size()];
        Arrays.fill(renumbered, DEAD);
        int count = 0;
        for (int state = live.nextSetBit(0); state >= 0; state = live.nextSetBit(state + 1)) {
            renumbered[state] = count++;
        }
        if (!live.get(START)) {
            return new Dfa(classes, new int[0], new BitSet());
        }
        int[] next = new int[count * classes.count()];
        BitSet ends = new BitSet();
        for (int state = live.nextSetBit(0); state >= 0; state = live.nextSetBit(state + 1)) {
            int[] row = rows.get(state);
            for (int c = 0; c < row.length; c++) {
                next[renumbered[state] * row.length + c] = row[c] == DEAD ? DEAD : renumbered[row[c]];
            }
            ends.set(renumbered[state], accepting.get(state));
        }
        return new Dfa(classes, next, ends);
    }

    /** Returns the states from which an end can be reached. */
    private static BitSet live(List<int[]> rows, BitSet accepting) {
        List<List<Integer>> before = new ArrayList<>();
        rows.forEach(row -> before.add(new ArrayList<>()));
        for (int state = 0; state < rows.size(); state++) {
            for (int to : Arrays.stream(rows.get(state)).distinct().toArray()) {
                if (to != DEAD) {
                    before.get(to).add(state);
                }
            }
        }
        BitSet live = (BitSet) accepting.clone();
        List<Integer> open = new ArrayList<>(accepting.stream().boxed().toList());
        while (!open.isEmpty()) {
            for (int from : before.get(open.remove(open.size() - 1))) {
                if (!live.get(from)) {
                    live.set(from);
                    open.add(from);
                }
            }
        }
        return live;
    }

    /** Whether no text is accepted. */
    public boolean isEmpty() {
        return next.length == 0;
    }

    /** The classes of bytes that no state tells apart. */
    public ByteClasses classes() {
        return classes;
    }

    public int states() {
        return next.length / classes.count();
    }

    /** Returns the state after a byte, or {@link #DEAD}. */
    public int next(int state, int b) {
        return next[state * classes.count() + classes.of(b)];
    }

    public boolean accepts(int state) {
        return accepting.get(state);
    }

    /** Whether any byte may follow. */
    public boolean continues(int state) {
        int width = classes.count();
        for (int i = state * width; i < (state + 1) * width; i++) {
            if (next[i] != DEAD) {
                return true;
            }
        }
        return false;
    }

    /** Whether a whole text is accepted. */
    public boolean matches(byte[] text) {
        int state = isEmpty() ? DEAD : START;
        for (int i = 0; i < text.length && state != DEAD; i++) {
            state = next(state, text[i] & 0xff);
        }
        return state != DEAD && accepts(state);
    }

    /** The automaton of the texts that both accept. */
    public Dfa and(Dfa other, CompileBudget budget) {
        return of(new Pairs(this, other, (a, b) -> a && b), budget);
    }

    /** The automaton of the texts that this accepts and the other does not. */
    public Dfa minus(Dfa other, CompileBudget budget) {
        return of(new Pairs(this, other, (a, b) -> a && !b), budget);
    }

    private record Pair(int left, int right) {}

    /** Two automata side by side, as far as the left one goes. */
    private record Pairs(Dfa left, Dfa right, BinaryOperator<Boolean> accepts) implements ByteMachine<Pair> {
        @Override
        public Pair start() {
            return new Pair(left.isEmpty() ? DEAD : START, right.isEmpty() ? DEAD : START);
        }

        @Override
        public @Nullable Pair next(Pair state, int b) {
            if (state.left == DEAD) {
                return null;
            }
            int l = left.next(state.left, b);
            int r = state.right == DEAD ? DEAD : right.next(state.right, b);
            return l == DEAD ? null : new Pair(l, r);
        }

        @Override
        public boolean accepts(Pair state) {
            return accepts.apply(
                    state.left != DEAD && left.accepts(state.left), state.right != DEAD && right.accepts(state.right));
        }

        @Override
        public ByteClasses classes() {
            return left.classes.and(right.classes);
        }
    }
}
