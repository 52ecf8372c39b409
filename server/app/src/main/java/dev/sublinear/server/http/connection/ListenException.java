package dev.sublinear.server.http.connection;

import java.io.IOException;

/** The server cannot listen on the configured address. */
public final class ListenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ListenException(String host, int port, Throwable cause) {
        super("cannot listen on " + host + ":" + port + ": " + reason(cause), cause);
    }

    private static String reason(Throwable cause) {
        // Java's sockets and epoll's throw different exceptions, and both quote the system's words.
        boolean busy = cause instanceof IOException
                && String.valueOf(cause.getMessage()).contains("in use");
        return busy ? "the port is in use; choose another with --port" : "the address cannot be used";
    }
}
