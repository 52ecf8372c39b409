package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;

/** Answers requests. Called on the event loop. */
public interface Handler {

    /**
     * Answers at once, or hands the exchange to a thread that will; never waits.
     *
     * @throws ApiError which becomes the answer
     */
    void handle(Exchange exchange);
}
