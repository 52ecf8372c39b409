package dev.sublinear.server.http.connection;

/**
 * The head of a request.
 *
 * @param method in the letters that the client sent: GET is another method than get
 * @param path decoded, without the query
 * @param keepAlive whether the connection may stay open after the reply
 * @param chunks whether the client understands a chunked reply
 * @param arrivedNanos when its head was complete, by {@link System#nanoTime}
 */
public record Request(
        String method, String path, Headers headers, boolean keepAlive, boolean chunks, long arrivedNanos) {
    public static final String GET = "GET";
    public static final String HEAD = "HEAD";
    public static final String POST = "POST";
    public static final String OPTIONS = "OPTIONS";
}
