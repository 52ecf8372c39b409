package dev.sublinear.engine.source;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Makes steps take a given time. A step begins where the one before has ended, so that what waking up late costs does not
 * add up; after a pause longer than a step, it begins when it is asked for.
 */
final class Pace {
    private final long period;
    private final LongSupplier clock;
    private final LongConsumer sleep;
    private long end;

    /**
     * Makes a pace.
     *
     * @param period of a step, in nanoseconds; 0 for steps that need not wait
     * @param clock in nanoseconds
     * @param sleep sleeps for about the given number of nanoseconds
     */
    Pace(long period, LongSupplier clock, LongConsumer sleep) {
        this.period = period;
        this.clock = clock;
        this.sleep = sleep;
        this.end = clock.getAsLong() - 2 * period; // a pause
    }

    static Pace of(double perSecond) {
        return new Pace(Math.round(TimeUnit.SECONDS.toNanos(1) / perSecond), System::nanoTime, LockSupport::parkNanos);
    }

    /** Waits until the step that begins now may end. */
    void awaitEnd() {
        if (period == 0) {
            return;
        }
        long now = clock.getAsLong();
        boolean paused = now - end > period;
        end = (paused ? now : end) + period;
        for (long left = end - now; left > 0; left = end - clock.getAsLong()) {
            sleep.accept(left);
        }
    }
}
