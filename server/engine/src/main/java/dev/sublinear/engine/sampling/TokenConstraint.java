package dev.sublinear.engine.sampling;

/** What an answer may look like, compiled. Immutable, so that requests and choices can share it. */
public interface TokenConstraint {

    /** Any answer. */
    TokenConstraint NONE = () -> State.FREE;

    /** Begins an answer. */
    State begin();

    /**
     * How far an answer has come. The engine's thread asks and advances it; what takes long is computed elsewhere
     * meanwhile, and until then it is not ready.
     */
    interface State {

        /** Anything may come, and anywhere may be the end. */
        State FREE = new State() {
            @Override
            public TokenMask allowed() {
                return TokenMask.ALL;
            }

            @Override
            public boolean mayEnd() {
                return true;
            }

            @Override
            public void advance(int id) {}
        };

        /** Whether {@link #allowed} returns at once. Until it does, the engine reads no further token of this answer. */
        default boolean isReady() {
            return true;
        }

        /** Returns what may come next, beside the ids that end the answer; empty where it can only end. */
        TokenMask allowed();

        /** Whether the answer would be whole if it ended here. */
        boolean mayEnd();

        /** Takes the token that was chosen, one of those allowed and none that ends the answer. */
        void advance(int id);
    }
}
