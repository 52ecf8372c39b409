package dev.sublinear.server.http;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;

/** Hears how requests and connections fare. Must return at once and not throw; called from several threads. */
public interface RequestListener {

    /** Hears nothing. */
    RequestListener NONE = (endpoint, outcome) -> {};

    /** A request for generation ended. */
    void onEnded(Endpoint endpoint, Outcome outcome);

    /** A request for generation goes to the engine. Returns who hears it: the reply, or one that passes all on to it. */
    default GenerationListener accompany(Endpoint endpoint, GenerationRequest request, GenerationListener reply) {
        return reply;
    }

    /** A connection was turned away: too many are open. */
    default void onConnectionRefused() {}

    /** A client was cut off because it did not read what it had asked for. */
    default void onReaderStalled() {}

    /** A line of the access log could not be written. */
    default void onLogLineLost() {}

    /** Where a request came in. */
    enum Endpoint {
        CHAT,
        COMPLETIONS,
        RESPONSES
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
