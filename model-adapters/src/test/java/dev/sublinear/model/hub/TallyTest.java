package dev.sublinear.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TallyTest {
    private final List<DownloadProgress> told = new ArrayList<>();
    private Duration now = Duration.ofHours(1);
    private final Tally tally = new Tally(1000, told::add, () -> now.toNanos());

    private DownloadProgress last() {
        return told.get(told.size() - 1);
    }

    private void after(long millis, long bytes) {
        now = now.plusMillis(millis);
        tally.received(bytes, "x");
    }

    @Test
    void received_steadily_tellsTheRate() {
        for (int i = 0; i < 10; i++) {
            after(500, 50);
        }

        assertThat(last()).isEqualTo(new DownloadProgress(500, 1000, 100, "x"));
    }

    @Test
    void received_thenSlower_tellsTheRateOfTheLastSeconds() {
        for (int i = 0; i < 10; i++) {
            after(1000, 80);
        }
        for (int i = 0; i < 10; i++) {
            after(1000, 10);
        }

        assertThat(last().bytesPerSecond()).isEqualTo(10);
    }

    @Test
    void received_atOnce_tellsNoRateYet() {
        after(0, 500);

        assertThat(last()).isEqualTo(new DownloadProgress(500, 1000, 0, "x"));
    }

    @Test
    void found_bytesOfBefore_areDoneAndNoRate() {
        tally.found(600, "x");
        after(1000, 100);

        assertThat(last()).isEqualTo(new DownloadProgress(700, 1000, 100, "x"));
    }

    @Test
    void found_lessThanThought_isTakenBack() {
        tally.found(600, "x");
        tally.found(-600, "x");

        assertThat(last().done()).isZero();
    }
}
