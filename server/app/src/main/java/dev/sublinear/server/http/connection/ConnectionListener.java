package dev.sublinear.server.http.connection;

/** Hears how connections fare. Must return at once and not throw; called from several threads. */
public interface ConnectionListener {

    /** A connection was turned away: the limit of open ones is reached. */
    default void onConnectionRefused() {}

    /** A client was cut off because it did not read what it had asked for. */
    default void onReaderStalled() {}

    /** A line of the access log could not be written. */
    default void onLogLineLost() {}
}
