package dev.sublinear.server.http.connection;

import dev.sublinear.server.config.HttpConfig;

/** What all exchanges of a server share. */
public record ExchangeContext(
        HttpConfig.Timeouts timeouts, InFlight inFlight, AccessLog accessLog, ConnectionListener listener) {}
