package dev.sublinear.load.run;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/** When requests are due, whatever becomes of those before: an open loop. */
public sealed interface Arrivals {

    /** Returns the time from one request to the next, in nanoseconds. */
    long nextGap(Random random);

    double perSecond();

    /** Independent users: exponential gaps. */
    record Poisson(double perSecond) implements Arrivals {
        public Poisson {
            requirePositive(perSecond);
        }

        @Override
        public long nextGap(Random random) {
            return (long) (-Math.log(1 - random.nextDouble()) / perSecond * TimeUnit.SECONDS.toNanos(1));
        }

        @Override
        public String toString() {
            return "Poisson, %.1f/s".formatted(perSecond);
        }
    }

    /** A metronome. */
    record Constant(double perSecond) implements Arrivals {
        public Constant {
            requirePositive(perSecond);
        }

        @Override
        public long nextGap(Random random) {
            return (long) (TimeUnit.SECONDS.toNanos(1) / perSecond);
        }

        @Override
        public String toString() {
            return "constant, %.1f/s".formatted(perSecond);
        }
    }

    private static void requirePositive(double perSecond) {
        if (!(perSecond > 0 && perSecond < 1e6)) {
            throw new IllegalArgumentException("arrivals must be above 0 and below 1e6 per second, were " + perSecond);
        }
    }
}
