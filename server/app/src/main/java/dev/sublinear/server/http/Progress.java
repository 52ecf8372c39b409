package dev.sublinear.server.http;

/** Where a connection stands: told to all handlers of its pipeline as user events. */
enum Progress {
    /** The head of a request has arrived. */
    HEAD_READ,
    /** A whole request has arrived. */
    REQUEST_READ,
    /** It did not in time. */
    REQUEST_LATE,
    /** The reply is written, and the connection is free for the next request. */
    REPLY_WRITTEN,
    /** The last reply is written; what still arrives is of no interest. */
    CLOSING
}
