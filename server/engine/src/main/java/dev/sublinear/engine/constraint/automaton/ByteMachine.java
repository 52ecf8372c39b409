package dev.sublinear.engine.constraint.automaton;

import org.jspecify.annotations.Nullable;

/**
 * A deterministic automaton over bytes by its rules; {@link Dfa#of} makes a table of it.
 *
 * @param <S> its states, compared by value
 */
public interface ByteMachine<S> {

    S start();

    /** Returns the state after a byte, null if no text goes on so. */
    @Nullable
    S next(S state, int b);

    boolean accepts(S state);

    /** Bytes that no state tells apart. */
    default ByteClasses classes() {
        return ByteClasses.EACH;
    }
}
