package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class PaceTest {
    private static final long PERIOD = 1_000;
    private static final long LATE = 70;

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5_000); // nanoTime may overflow

    @Test
    void awaitEnd_wakesUpLate_keepsTheRate() {
        long begin = now.get();
        Pace pace = new Pace(PERIOD, now::get, nanos -> now.addAndGet(nanos + LATE));

        for (int step = 1; step <= 100; step++) {
            pace.awaitEnd();
            assertThat(now.get() - begin).isEqualTo(step * PERIOD + LATE);
            now.addAndGet(300); // what a step costs is within its period
        }
    }

    @Test
    void awaitEnd_afterAPause_doesNotCatchUp() {
        Pace pace = new Pace(PERIOD, now::get, now::addAndGet);
        pace.awaitEnd();
        now.addAndGet(50 * PERIOD);

        for (int step = 0; step < 3; step++) {
            long begin = now.get();
            pace.awaitEnd();
            assertThat(now.get() - begin).isEqualTo(PERIOD);
        }
    }

    @Test
    void awaitEnd_withoutPeriod_doesNotSleep() {
        Pace pace = new Pace(0, now::get, nanos -> {
            throw new AssertionError("slept " + nanos);
        });
        pace.awaitEnd();
    }
}
