package dev.sublinear.server.http.connection;

/** What has happened on a connection; its pipeline passes it to all handlers as a user event. */
enum ConnectionEvent {
    /** The head of a request has arrived. */
    HEAD_READ,
    /** A whole request has arrived. */
    REQUEST_READ,
    /** A request has missed its deadline. */
    REQUEST_LATE,
    /** The reply is written, and the connection is free for the next request. */
    REPLY_WRITTEN,
    /** The last reply is written; what still arrives is ignored. */
    CLOSING
}
