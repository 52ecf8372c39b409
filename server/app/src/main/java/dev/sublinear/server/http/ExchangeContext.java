package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;

/** What all exchanges of a server share. */
record ExchangeContext(
        HttpConfig.Timeouts timeouts, InFlight inFlight, AccessLog accessLog, ConnectionListener listener) {}
