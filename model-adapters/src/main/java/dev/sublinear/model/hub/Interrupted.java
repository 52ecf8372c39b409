package dev.sublinear.model.hub;

import java.io.IOException;

/** The waiting thread was interrupted. That is no fault of a connection, so nothing is tried again. */
final class Interrupted extends IOException {
    private static final long serialVersionUID = 1L;

    Interrupted(InterruptedException cause) {
        super("interrupted", cause);
    }
}
