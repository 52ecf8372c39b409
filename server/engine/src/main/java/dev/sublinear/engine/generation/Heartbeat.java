package dev.sublinear.engine.generation;

import java.util.concurrent.TimeUnit;

/** Tells a thread that works from one that hangs. The thread beats; anyone may ask. */
final class Heartbeat {
    /** A large model may take so long for its first chunk of a prompt. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

    private volatile long last = System.nanoTime();
    private volatile long longestPause;

    void beat() {
        long now = System.nanoTime();
        longestPause = Math.max(longestPause, now - last);
        last = now;
    }

    /** Whether the latest beat is younger than half a minute, or than three times the longest pause so far. */
    boolean isFresh(long now) {
        return now - last < Math.max(PATIENCE, 3 * longestPause);
    }
}
