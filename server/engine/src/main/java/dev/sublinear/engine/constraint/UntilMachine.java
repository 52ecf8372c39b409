package dev.sublinear.engine.constraint;

import dev.sublinear.engine.constraint.automaton.ByteMachine;
import org.jspecify.annotations.Nullable;

/** Any text that ends with the first occurrence of a sequence of bytes. A state is how many of its bytes have come. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record UntilMachine(byte[] end) implements ByteMachine<Integer> {

    @Override
    public Integer start() {
        return 0;
    }

    @Override
    public @Nullable Integer next(Integer state, int b) {
        if (state == end.length) {
            return null;
        }
        if (b == (end[state] & 0xff)) {
            return state + 1;
        }
        return b == ControlTokens.MARK ? null : longestBeginning(state, b);
    }

    /** How much of the sequence the latest bytes are, when one has come that does not go on as it does. */
    private int longestBeginning(int matched, int b) {
        for (int length = matched; length > 0; length--) {
            if ((end[length - 1] & 0xff) == b && endsWith(matched, length - 1)) {
                return length;
            }
        }
        return 0;
    }

    /** Whether the first {@code matched} bytes end with the first {@code length}. */
    private boolean endsWith(int matched, int length) {
        for (int i = 0; i < length; i++) {
            if (end[i] != end[matched - length + i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean accepts(Integer state) {
        return state == end.length;
    }
}
