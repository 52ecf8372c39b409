package dev.sublinear.server.http;

import dev.sublinear.server.http.openai.ApiError;

/** Answers the requests of a route. */
interface Handler {

    /**
     * Answers now or sees to it that it will be done; never waits.
     *
     * @throws ApiError to answer with it
     */
    void handle(Exchange exchange);
}
