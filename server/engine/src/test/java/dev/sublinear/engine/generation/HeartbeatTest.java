package dev.sublinear.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class HeartbeatTest {

    @Test
    void isFresh_afterABeat_forHalfAMinute() {
        Heartbeat heartbeat = new Heartbeat();
        heartbeat.beat();
        long now = System.nanoTime();

        assertThat(heartbeat.isFresh(now)).isTrue();
        assertThat(heartbeat.isFresh(now + TimeUnit.SECONDS.toNanos(29))).isTrue();
        assertThat(heartbeat.isFresh(now + TimeUnit.SECONDS.toNanos(31))).isFalse();
    }
}
