package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.openai.ApiError;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RateLimitTest {
    private long now = Long.MAX_VALUE - 5; // as nanoTime may be
    private final RateLimit limit = new RateLimit(3, Duration.ofSeconds(1), () -> now);

    @Test
    void count_moreThanAtOnce_isRefusedUntilPaid() {
        for (int i = 0; i < 3; i++) {
            limit.count("a");
        }
        assertThatExceptionOfType(ApiError.class)
                .isThrownBy(() -> limit.count("a"))
                .satisfies(e -> {
                    assertThat(e.status()).isEqualTo(429);
                    assertThat(e.headers()).containsEntry("retry-after", "2");
                });
        assertThatNoException().as("another caller").isThrownBy(() -> limit.count("b"));
        now += Duration.ofSeconds(1).toNanos();
        limit.count("a");
        assertThatExceptionOfType(ApiError.class).isThrownBy(() -> limit.count("a"));
    }

    @Test
    void get_oneSequenceAgainAndAgain_is429() throws IOException {
        try (TestServer server = TestServer.start(ScriptedModel.repeating("x "));
                RawClient client = new RawClient(server.connect())) {
            int status = 404; // there is none, but somebody looked
            for (int i = 0; i < 10_000 && status == 404; i++) {
                client.send("GET /api/sequences/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
                status = client.read().status();
            }
            assertThat(status).isEqualTo(429);
            client.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.read().status()).as("on the same connection").isEqualTo(200);
        }
    }
}
