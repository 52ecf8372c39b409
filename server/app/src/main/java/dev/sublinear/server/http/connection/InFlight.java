package dev.sublinear.server.http.connection;

import java.time.Duration;

/** Counts the requests that are being answered, and says whether the server is stopping. May be used by any thread. */
public final class InFlight {
    private int count;
    private boolean draining;

    synchronized void begun() {
        count++;
    }

    synchronized void ended() {
        count--;
        notifyAll();
    }

    /** From now on connections close after their reply. */
    public synchronized void drain() {
        draining = true;
    }

    public synchronized boolean isDraining() {
        return draining;
    }

    /** Waits until no request is being answered, for at most this time. */
    public synchronized void awaitNone(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); count > 0 && left > 0; left = deadline - System.nanoTime()) {
            wait(left / 1_000_000 + 1);
        }
    }
}
