package dev.sublinear.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.config.HttpConfig;
import org.junit.jupiter.api.Test;

final class DescriptorsTest {
    @Test
    void within_fewDescriptors_takesFewerConnections() {
        HttpConfig.Limits limits = new HttpConfig.Limits(1, 1_000, 500);
        assertThat(Descriptors.within(limits, 1_000)).isEqualTo(limits);
        assertThat(Descriptors.within(limits, 100)).isEqualTo(new HttpConfig.Limits(1, 100, 100));
        assertThat(Descriptors.within(limits, -5)).isEqualTo(new HttpConfig.Limits(1, 1, 1));
    }
}
