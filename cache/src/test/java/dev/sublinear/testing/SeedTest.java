package dev.sublinear.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.Extension;

final class SeedTest {
    private final String before = System.getProperty("seed", "");

    @AfterEach
    void restore() {
        if (before.isEmpty()) {
            System.clearProperty("seed");
        } else {
            System.setProperty("seed", before);
        }
    }

    @Test
    void seeds_property_replacesAll() {
        System.setProperty("seed", "-7");
        assertThat(Seed.given()).hasValue(-7);
        assertThat(Seed.or(3)).isEqualTo(-7);
        assertThat(Seed.each(3)).containsExactly(-7, -6, -5);
    }

    @Test
    void seeds_noProperty_areTheUsualOnes() {
        System.clearProperty("seed");
        assertThat(Seed.given()).isEmpty();
        assertThat(Seed.or(3)).isEqualTo(3);
        assertThat(Seed.each(3)).containsExactly(0, 1, 2);
    }

    @Test
    void fresh_twice_isTheSameAndReported() {
        assertThat(Seed.fresh()).isEqualTo(Seed.fresh());
        assertThat(Seed.drawn()).hasValue(Seed.fresh());
        assertThat(SeedReport.replay(SeedTest.class, 5)).endsWith("-Dtest=SeedTest -Dseed=5");
    }

    @Test
    void report_service_isFound() {
        assertThat(ServiceLoader.load(Extension.class)).hasAtLeastOneElementOfType(SeedReport.class);
    }
}
