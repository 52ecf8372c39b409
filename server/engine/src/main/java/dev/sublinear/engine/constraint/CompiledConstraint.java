package dev.sublinear.engine.constraint;

import dev.sublinear.engine.constraint.grammar.Node;
import dev.sublinear.engine.constraint.grammar.ParseStack;
import dev.sublinear.engine.constraint.grammar.PushdownAutomaton;
import dev.sublinear.engine.constraint.grammar.TokenTrie;
import dev.sublinear.engine.constraint.limits.ConstraintLimits;
import dev.sublinear.engine.constraint.limits.TooLargeException;
import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A grammar over the tokens of a vocabulary. */
final class CompiledConstraint implements TokenConstraint {
    /*
     * The engine's thread must not wait for a mask, which for a large vocabulary takes a millisecond or more. So each
     * answer's next mask is computed by the executor, unless it is remembered and no other thread uses the automaton:
     * then it is there at once, as it mostly is once a schema is in use. Masks are remembered by the part of the
     * automaton's state that a token can reach, so that all items of a long array, and all characters of a long string,
     * share a mask.
     */
    private static final int BITS_PER_BYTE = 8;

    private final TokenTrie vocabulary;
    private final ConstraintLimits limits;
    private final Executor executor;
    private final ReentrantLock lock = new ReentrantLock();
    private final PushdownAutomaton automaton; // guarded by the lock
    private final LinkedHashMap<Set<ParseStack>, TokenMask> masks; // guarded by the lock
    private final Place start;

    /**
     * Computes the first mask, too.
     *
     * @throws TooLargeException if an answer may begin in too many ways
     */
    CompiledConstraint(Node grammar, TokenTrie vocabulary, ConstraintLimits limits, Executor executor) {
        this.vocabulary = vocabulary;
        this.limits = limits;
        this.executor = executor;
        this.automaton = new PushdownAutomaton(grammar, limits);
        this.masks = new LinkedHashMap<>(16, 0.75f, true);
        this.start = place(automaton.start());
    }

    /** The state of an answer, and the tokens that can follow. */
    private record Place(PushdownAutomaton.State state, TokenMask allowed) {}

    @Override
    public State begin() {
        return new Progress();
    }

    /** Owned by the engine's thread. */
    private final class Progress implements State {
        private CompletableFuture<Place> place = CompletableFuture.completedFuture(start);

        @Override
        public boolean isReady() {
            return place.isDone();
        }

        @Override
        public TokenMask allowed() {
            return now().allowed;
        }

        @Override
        public boolean mayEnd() {
            return now().state.isWhole();
        }

        @Override
        public void advance(int id) {
            Place before = now();
            place = remembered(before, id)
                    .map(CompletableFuture::completedFuture)
                    .orElseGet(() -> CompletableFuture.supplyAsync(() -> computed(before, id), executor));
        }

        private Place now() {
            try {
                return place.join();
            } catch (CompletionException e) {
                throw new ConstraintException("the answer cannot go on", Objects.requireNonNullElse(e.getCause(), e));
            }
        }
    }

    private Optional<Place> remembered(Place before, int id) {
        if (!lock.tryLock()) {
            return Optional.empty();
        }
        try {
            PushdownAutomaton.State state = after(before.state, id);
            TokenMask known = masks.get(state.seenFrom(vocabulary.longest()));
            return Optional.ofNullable(known).map(mask -> new Place(state, mask));
        } finally {
            lock.unlock();
        }
    }

    private Place computed(Place before, int id) {
        lock.lock();
        try {
            return place(after(before.state, id));
        } finally {
            lock.unlock();
        }
    }

    private PushdownAutomaton.State after(PushdownAutomaton.State before, int id) {
        automaton.allow(limits.maskWork());
        PushdownAutomaton.@Nullable State state = before;
        byte[] piece = vocabulary.piece(id);
        for (int i = 0; i < piece.length && state != null; i++) {
            state = automaton.step(state, piece[i] & 0xff);
        }
        if (state == null || piece.length == 0) {
            throw new IllegalArgumentException("token " + id + " was not allowed");
        }
        return state;
    }

    private Place place(PushdownAutomaton.State state) {
        Set<ParseStack> view = state.seenFrom(vocabulary.longest());
        TokenMask known = masks.get(view);
        if (known == null) {
            known = mask(state);
            masks.put(view, known);
            forgetOldest();
        }
        return new Place(state, known);
    }

    private TokenMask mask(PushdownAutomaton.State state) {
        automaton.allow(limits.maskWork());
        BitSet allowed = vocabulary.allowed(automaton, state);
        if (allowed.isEmpty() && !state.isWhole()) {
            throw new IllegalStateException("no token of the vocabulary can follow");
        }
        return TokenMask.of(allowed);
    }

    private void forgetOldest() {
        long most = Math.max(1, limits.maskBytes() * BITS_PER_BYTE / Math.max(1, vocabulary.size()));
        for (var oldest = masks.entrySet().iterator(); masks.size() > most; ) {
            oldest.next();
            oldest.remove();
        }
    }

    /** The numbers of states and of masks that are remembered. */
    Map.Entry<Integer, Integer> remembered() {
        lock.lock();
        try {
            return Map.entry(automaton.remembered(), masks.size());
        } finally {
            lock.unlock();
        }
    }
}
