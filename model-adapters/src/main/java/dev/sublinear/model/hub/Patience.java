package dev.sublinear.model.hub;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries a request again that a network may have spoilt: after 0.5, 1, 2, 4 and 8 s, or as long as the hub asks. */
final class Patience {
    private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int ATTEMPTS = 6;

    /** The hub counts requests in windows of five minutes, so a longer wait is a refusal. */
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

    private final Pause pause;

    Patience(Pause pause) {
        this.pause = pause;
    }

    /** A request that may fail now and succeed later. */
    interface Attempt<T> {
        T run() throws IOException;
    }

    /** Waits for a time. Tests replace it. */
    interface Pause {
        void of(Duration time) throws InterruptedException;
    }

    <T> T retry(Attempt<T> attempt) throws IOException {
        for (Turns turns = new Turns(); ; ) {
            try {
                return attempt.run();
            } catch (IOException e) {
                turns.pauseAfter(e);
            }
        }
    }

    Turns turns() {
        return new Turns();
    }

    /** Counts the failures in a row. */
    final class Turns {
        private int failures;

        /** Waits for the next attempt; throws the failure if there is none. */
        void pauseAfter(IOException e) throws IOException {
            failures++;
            Duration asked = e instanceof Busy busy ? busy.asked() : Duration.ZERO;
            if (e instanceof Interrupted || failures == ATTEMPTS || asked.compareTo(LONGEST_PAUSE) > 0) {
                throw e;
            }
            Duration own = FIRST_PAUSE.multipliedBy(1L << (failures - 1));
            Duration wait = asked.isZero() ? own : asked;
            LOG.warn("{}; trying again in {} s", e.getMessage(), wait.toMillis() / 1000.0);
            try {
                pause.of(wait);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new Interrupted(interrupted);
            }
        }

        /** Bytes have come: earlier failures do not count any more. */
        void succeeded() {
            failures = 0;
        }
    }
}
