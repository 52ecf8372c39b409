package dev.sublinear.server.http;

/** Hears how requests for generation ended. Must return at once and not throw; called from several threads. */
public interface RequestListener {

    /** Hears nothing. */
    RequestListener NONE = (endpoint, outcome) -> {};

    void onEnded(Endpoint endpoint, Outcome outcome);

    /** Where a request came in. */
    enum Endpoint {
        COMPLETIONS
    }

    /** How it ended. */
    enum Outcome {
        STOP,
        LENGTH,
        CANCELLED,
        /** Turned away, for want of room. */
        REJECTED,
        /** Refused, because it was wrong. */
        INVALID,
        ERROR
    }
}
