package dev.sublinear.model.hub;

import java.io.IOException;

/** The thread that waited was told to stop: not a fault of a connection, so nothing is tried again. */
final class Interrupted extends IOException {
    private static final long serialVersionUID = 1L;

    Interrupted(InterruptedException cause) {
        super("interrupted", cause);
    }
}
