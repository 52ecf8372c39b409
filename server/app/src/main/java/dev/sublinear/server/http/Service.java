package dev.sublinear.server.http;

import dev.sublinear.server.config.HttpConfig;

/** What all exchanges share. */
record Service(HttpConfig.Timeouts timeouts, InFlight inFlight, AccessLog accessLog, RequestListener listener) {}
