package dev.sublinear.engine.constraint.grammar;

import dev.sublinear.engine.constraint.automaton.ByteClasses;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a grammar byte by byte. A state is the set of all stacks with which an answer may go on; states are made when
 * they are reached, and remembered up to a limit. For one thread at a time.
 */
public final class PushdownAutomaton {
    /*
     * Grammars nest, so their automaton has no bounded number of states, but an answer visits few. This is how regular
     * expressions are matched by automata that are made on the way [1], with stacks for the nesting [2]. When too many
     * states are remembered all are forgotten: then those that an answer still holds are of an earlier generation, and
     * are looked up before their next step.
     *
     * [1] Cox, Regular Expression Matching in the Wild, 2010. [2] Dong et al., XGrammar, arXiv 2411.15100.
     */
    private final ConstraintLimits limits;
    private final State start;
    private final Map<Set<ParseStack>, State> states = new HashMap<>();
    private int generation;
    private int allowance = Integer.MAX_VALUE;

    /** @throws TooLargeException if an answer may begin in too many ways */
    public PushdownAutomaton(Node grammar, ConstraintLimits limits) {
        this.limits = limits;
        Closure closure = new Closure(limits.alternatives());
        closure.expand(ParseStack.EMPTY.push(grammar));
        this.start = state(closure);
    }

    /** The stacks after some bytes of an answer. Belongs to the automaton that made it. */
    public static final class State {
        private final Set<ParseStack> places;
        private final boolean whole;
        private final int generation;
        private final @Nullable State[] next = new State[ByteClasses.BYTES];
        private @Nullable Set<ParseStack> view;

        State(Set<ParseStack> places, boolean whole, int generation) {
            this.places = places;
            this.whole = whole;
            this.generation = generation;
        }

        /** Whether the answer would be whole if it ended here. */
        public boolean isWhole() {
            return whole;
        }

        /** Whether nothing can follow. */
        boolean isFinal() {
            return places.isEmpty();
        }

        private boolean isDead() {
            return places.isEmpty() && !whole;
        }

        /**
         * A key that is equal for states that no text of {@code bytes} bytes tells apart. The argument must never
         * change.
         */
        public Set<ParseStack> seenFrom(int bytes) {
            if (view == null) {
                view = places.stream().map(place -> place.seenFrom(bytes)).collect(Collectors.toUnmodifiableSet());
            }
            return view;
        }
    }

    public State start() {
        return start;
    }

    /** Allows visits of this many stacks from now on, a measure of work that is the same on any machine. */
    public void allow(int stacks) {
        allowance = stacks;
    }

    public int remembered() {
        return states.size();
    }

    /**
     * Returns the state after a byte; null if no answer goes on with it.
     *
     * @throws TooLargeException if an answer may go on in too many ways
     */
    @Nullable
    public State step(State from, int b) {
        State known = from.next[b];
        if (known == null) {
            known = advanced(from, b);
            if (from.generation == generation) {
                from.next[b] = known;
            }
        }
        return known.isDead() ? null : known;
    }

    private State advanced(State from, int b) {
        Closure closure = new Closure(limits.alternatives());
        for (ParseStack place : from.places) {
            Node.Terminal after = ((Node.Terminal) place.top()).next(b);
            if (after != null) {
                after.expand(place.rest(), closure);
            }
        }
        return state(closure);
    }

    private State state(Closure closure) {
        closure.close();
        allowance -= 1 + closure.size();
        if (allowance < 0) {
            throw new TooLargeException("is too large: to find an answer's next tokens takes too many steps");
        }
        // Whether an answer is whole does not follow from the places: {} is not [{}].
        Set<ParseStack> key = closure.places();
        if (closure.isWhole()) {
            key = new HashSet<>(key);
            key.add(ParseStack.EMPTY);
        }
        State known = states.get(key);
        if (known != null) {
            return known;
        }
        if (states.size() >= limits.lazyStates()) {
            states.clear();
            generation++;
        }
        State state = new State(closure.places(), closure.isWhole(), generation);
        states.put(key, state);
        return state;
    }
}
