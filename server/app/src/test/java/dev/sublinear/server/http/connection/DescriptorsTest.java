package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import org.junit.jupiter.api.Test;

/** Row G20 of the threats: what an operator gets wrong is said by key, rule and value. */
final class DescriptorsTest {
    @Test
    void within_fewDescriptors_takesFewerConnections() {
        HttpConfig.Limits limits = new HttpConfig.Limits(1, 1_000, 500);
        assertThat(Descriptors.within(limits, 1_164, 100)).isEqualTo(limits);
        assertThat(Descriptors.within(limits, 264, 100)).isEqualTo(new HttpConfig.Limits(1, 100, 100));
        assertThat(Descriptors.within(limits, 180, 100)).isEqualTo(new HttpConfig.Limits(1, 16, 16));
    }

    @Test
    void within_hardlyAnyDescriptors_saysWhatIsNeeded() {
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> Descriptors.within(new HttpConfig.Limits(1, 1_000, 500), 179, 100))
                .withMessageStartingWith(
                        "the limit of open files (ulimit -n) must be at least 180, was 179: 100 are open");
    }
}
