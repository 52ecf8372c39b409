package dev.sublinear.server.http;

/**
 * A whole request.
 *
 * @param method in the letters that the client sent: GET is another method than get
 * @param path decoded, without the query
 * @param body at most as long as the server's limit
 * @param keepAlive whether the connection may stay open after the reply
 * @param chunks whether the client understands a chunked reply
 * @param arrivedNanos when its head was complete, by {@link System#nanoTime}
 */
record Request(
        String method,
        String path,
        Headers headers,
        RequestBody body,
        boolean keepAlive,
        boolean chunks,
        long arrivedNanos) {
    static final String GET = "GET";
    static final String HEAD = "HEAD";
    static final String POST = "POST";
    static final String OPTIONS = "OPTIONS";
}
