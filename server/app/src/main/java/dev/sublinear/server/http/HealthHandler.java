package dev.sublinear.server.http;

import dev.sublinear.engine.generation.Engine;
import dev.sublinear.server.http.connection.Exchange;
import dev.sublinear.server.http.connection.InFlight;
import dev.sublinear.server.http.openai.ApiError;

/** {@code GET /health/live} and {@code /health/ready}; neither waits for the engine. */
final class HealthHandler {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int RETRY_SECONDS = 5;

    private final Engine engine;
    private final InFlight inFlight;

    HealthHandler(Engine engine, InFlight inFlight) {
        this.engine = engine;
        this.inFlight = inFlight;
    }

    void live(Exchange exchange) {
        require(engine.isAlive(), "not_live", "the engine takes no steps");
        exchange.reply(TEXT, "ok\n");
    }

    void ready(Exchange exchange) {
        require(engine.isReady() && !inFlight.isDraining(), "not_ready", "the server takes no requests now");
        exchange.reply(TEXT, "ok\nbatch invariance: " + engine.invariance() + "\n");
    }

    private static void require(boolean well, String code, String message) {
        if (!well) {
            throw ApiError.unavailable(code, RETRY_SECONDS, message);
        }
    }
}
