package dev.sublinear.server.engine;

import java.util.concurrent.TimeUnit;

/** Tells a thread that works from one that hangs. The thread beats; anyone may ask. */
final class Heartbeat {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    private volatile long last = System.nanoTime();
    private volatile long longestPause;

    void beat() {
        long now = System.nanoTime();
        longestPause = Math.max(longestPause, now - last);
        last = now;
    }

    /** Whether the latest beat is younger than five seconds, or than three times the longest pause so far. */
    boolean isFresh(long now) {
        return now - last < Math.max(PATIENCE, 3 * longestPause);
    }
}
