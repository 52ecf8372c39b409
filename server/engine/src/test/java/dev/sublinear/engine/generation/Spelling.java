package dev.sublinear.engine.generation;

import dev.sublinear.engine.sampling.TokenConstraint;
import dev.sublinear.engine.sampling.TokenMask;
import java.util.BitSet;

/** Allows one answer only. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Spelling(int... ids) implements TokenConstraint {
    @Override
    public State begin() {
        return new State() {
            private int at;

            @Override
            public TokenMask allowed() {
                BitSet next = new BitSet();
                if (at < ids.length) {
                    next.set(ids[at]);
                }
                return TokenMask.of(next);
            }

            @Override
            public boolean mayEnd() {
                return at == ids.length;
            }

            @Override
            public void advance(int id) {
                at++;
            }
        };
    }
}
