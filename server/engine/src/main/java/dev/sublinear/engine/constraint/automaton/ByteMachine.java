package dev.sublinear.engine.constraint.automaton;

import org.jspecify.annotations.Nullable;

/**
 * A deterministic automaton over bytes that computes its states; {@link Dfa#of} makes a table of it.
 *
 * @param <S> a state, compared by value
 */
public interface ByteMachine<S> {

    S start();

    /** Returns the state after a byte; null if no text goes on with it. */
    @Nullable
    S next(S state, int b);

    boolean accepts(S state);

    /** The classes of bytes that no state tells apart. */
    default ByteClasses classes() {
        return ByteClasses.EACH;
    }
}
