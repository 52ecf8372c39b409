package dev.sublinear.server.http.connection;

import dev.sublinear.server.http.openai.ApiError;

/** What requests come to. Called on the event loop. */
public interface Entrance {

    /**
     * Decides by the head of a request whether it may come in, and says who sent it, before any of its body is taken in.
     *
     * @return who answers it once it has come whole
     * @throws ApiError which becomes the answer
     */
    Handler admit(Exchange exchange);
}
