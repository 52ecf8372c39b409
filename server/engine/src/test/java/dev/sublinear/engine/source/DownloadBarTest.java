package dev.sublinear.engine.source;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.hub.DownloadProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class DownloadBarTest {
    private final StringWriter err = new StringWriter();
    private long millis;

    private DownloadBar bar(boolean shown) {
        return new DownloadBar(new PrintWriter(err), shown, () -> TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void at_onATerminal_tellsShareRateAndTimeLeft() {
        bar(true).at(new DownloadProgress(1 << 20, 4 << 20, 1 << 19, "model.safetensors"));

        assertThat(err)
                .hasToString("\r[#######.......................]  25 %, 1.0 MiB of 4.0 MiB, 512.0 KiB/s, 0:06 left:"
                        + " model.safetensors             ");
    }

    @Test
    void at_rateIsUnknown_saysSo() {
        bar(true).at(new DownloadProgress(0, 4 << 20, 0, "config.json"));

        assertThat(err.toString()).contains("  0 %, 0 B of 4.0 MiB, ?: config.json");
    }

    @Test
    void at_manyTimes_writesTenTimesASecondAndTheEndOnce() {
        DownloadBar bar = bar(true);
        for (int i = 0; i <= 1000; i++) {
            millis = i;
            bar.at(new DownloadProgress(i, 1000, 1000, "x"));
        }
        bar.at(new DownloadProgress(1000, 1000, 1000, "x"));

        assertThat(err.toString().chars().filter(c -> c == '\r').count()).isEqualTo(11);
        assertThat(err.toString()).contains("100 %").endsWith(System.lineSeparator());
    }

    @Test
    void at_onAnythingElse_isSilent() {
        bar(false).at(new DownloadProgress(1, 2, 3, "x"));

        assertThat(err.toString()).isEmpty();
    }
}
