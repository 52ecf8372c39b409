package dev.sublinear.engine.fairness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DynamicThresholdTest {

    @Test
    void allows_anyCallersAndAmounts_isWhatWouldBeLeftForOthers() {
        Random random = new Random(Seed.or(5));
        DynamicThreshold threshold = DynamicThreshold.ofAll(101);
        Map<String, Long> twin = new HashMap<>();
        for (int i = 0; i < 10_000; i++) {
            String caller = "caller " + random.nextInt(4);
            long own = twin.getOrDefault(caller, 0L);
            long held = twin.values().stream().mapToLong(Long::longValue).sum();
            long more = random.nextInt(20);
            long left = 101 - (held + more);
            assertThat(threshold.allows(caller, more)).isEqualTo(own + more <= left);
            if (threshold.allows(caller, more)) {
                threshold.add(caller, more);
                twin.put(caller, own + more);
            } else if (own > 0) {
                long less = 1L + random.nextInt((int) own);
                threshold.remove(caller, less);
                twin.put(caller, own - less);
            }
            assertThat(threshold.of(caller)).isEqualTo(twin.getOrDefault(caller, 0L));
            assertThat(threshold.held())
                    .isEqualTo(twin.values().stream().mapToLong(Long::longValue).sum());
        }
    }

    @Test
    void ofOne_loneCaller_mayHoldItAll() {
        DynamicThreshold threshold = DynamicThreshold.ofOne(10);
        assertThat(threshold.allows("a", 10)).isTrue();
        assertThat(threshold.allows("a", 11)).isFalse();
        assertThat(DynamicThreshold.ofOne(Long.MAX_VALUE).allows("a", Long.MAX_VALUE / 4))
                .isTrue();
    }
}
