package dev.sublinear.engine.generation;

/** Why a sequence ended without a failure. */
public enum FinishReason {
    /** The model ended it, or a stop text came. */
    STOP,
    /** It had its tokens. */
    LENGTH,
    /** The client cancelled it or is gone. */
    CANCELLED
}
