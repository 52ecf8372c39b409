package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.server.http.connection.ConnectionListener;

/** Hears how requests for generation fare, and their connections. */
public interface RequestListener extends ConnectionListener {

    /** Hears nothing. */
    RequestListener NONE = (endpoint, outcome) -> {};

    /** A request for generation ended. */
    void onEnded(Endpoint endpoint, Outcome outcome);

    /**
     * A request for generation goes to the engine.
     *
     * @return what the engine reports to: {@code reply}, or a listener that passes everything on to it
     */
    default GenerationListener accompany(Endpoint endpoint, GenerationRequest request, GenerationListener reply) {
        return reply;
    }

    /** The route that took a request. */
    enum Endpoint {
        CHAT,
        COMPLETIONS,
        RESPONSES
    }

    /** How a request ended. */
    enum Outcome {
        STOP,
        LENGTH,
        CANCELLED,
        /** Turned away because the server was full. */
        REJECTED,
        /** Refused because the request was wrong. */
        INVALID,
        ERROR
    }
}
