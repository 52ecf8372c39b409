package dev.sublinear.server.http;

import io.netty.handler.codec.http.HttpMethod;

/**
 * A whole request.
 *
 * @param path decoded, without the query
 * @param body at most as long as the server's limit
 * @param keepAlive whether the connection stays open after the reply
 * @param chunks whether the client understands a chunked reply
 * @param encoded whether the body is compressed or otherwise encoded
 * @param arrivedNanos when its head was complete, by {@link System#nanoTime}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Request(
        HttpMethod method,
        String path,
        byte[] body,
        boolean keepAlive,
        boolean chunks,
        boolean encoded,
        long arrivedNanos) {}
