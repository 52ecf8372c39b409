package dev.sublinear.model.hub;

import java.io.IOException;
import java.time.Duration;

/** An answer that may be another one later: 408, 429, 5xx. */
final class Busy extends IOException {
    private static final long serialVersionUID = 1L;

    private final Duration wait;

    /** @param wait how long the hub asks to wait; zero if it does not say */
    Busy(String message, Duration wait) {
        super(message);
        this.wait = wait;
    }

    Duration asked() {
        return wait;
    }
}
