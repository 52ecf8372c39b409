package dev.sublinear.server.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * A whole request.
 *
 * @param path decoded, without the query
 * @param body at most as long as the server's limit
 * @param keepAlive whether the connection may stay open after the reply
 * @param chunks whether the client understands a chunked reply
 * @param arrivedNanos when its head was complete, by {@link System#nanoTime}
 */
record Request(
        HttpMethod method,
        String path,
        HttpHeaders headers,
        Body body,
        boolean keepAlive,
        boolean chunks,
        long arrivedNanos) {}
