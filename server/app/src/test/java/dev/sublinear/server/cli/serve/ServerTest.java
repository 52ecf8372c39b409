package dev.sublinear.server.cli.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.server.Fixture;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** All of it together: a model, asked over HTTP. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @SuppressWarnings("NullAway.Init") // by start
    private Server server;

    @BeforeAll
    void start() {
        server = Server.start(ConfigReader.read(
                Map.of(
                        "http.port",
                        "0",
                        "cache.budget",
                        "fixed:100",
                        "http.access-log",
                        "off",
                        "engine.prefix-share",
                        "0"),
                Fixture.ENVIRONMENT));
    }

    @AfterAll
    void close() {
        server.close();
        server.close(); // as the shutdown hook may
    }

    @Test
    void post_streamedOrNot_isTheSameText() throws Exception {
        for (double temperature : new double[] {0, 1}) {
            String request =
                    "{\"prompt\":\"It was a dark and stormy night\",\"max_tokens\":40,\"seed\":7,\"temperature\":"
                            + temperature;

            String whole = JSON.readTree(post(request + "}"))
                    .get("choices")
                    .get(0)
                    .get("text")
                    .textValue();
            StringBuilder streamed = new StringBuilder();
            String events = post(request + ",\"stream\":true}");
            for (String event : events.split("\n\n", -1)) {
                if (event.startsWith("data: {")) {
                    streamed.append(JSON.readTree(event.substring(6))
                            .get("choices")
                            .get(0)
                            .get("text")
                            .textValue());
                }
            }

            assertThat(streamed.toString()).isEqualTo(whole).isNotBlank();
            assertThat(events).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void post_longPrompt_keepsNoMoreThanItsBudget() throws Exception {
        JsonNode usage = JSON.readTree(post("{\"prompt\":\"" + "word ".repeat(400) + "\"}"))
                .get("usage");

        assertThat(usage.get("kv_cache").get("seen_tokens").intValue()).isGreaterThan(400);
        assertThat(usage.get("kv_cache").get("retained_tokens").intValue()).isBetween(100, 164);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() -> assertThat(get("/metrics")) // told after the reply
                        .contains("sublinear_kvcache_evicted_tokens_total{scorer=\"snap-or-key-diff\"}")
                        .contains("sublinear_kvcache_bytes 0.0"));
    }

    @Test
    void get_models_hasTheBundledOne() throws Exception {
        assertThat(JSON.readTree(get("/v1/models")).get("data").get(0).get("id").textValue())
                .isEqualTo("fixture-5m");
    }

    private String post(String json) throws IOException, InterruptedException {
        return CLIENT.send(
                        HttpRequest.newBuilder(uri("/v1/completions"))
                                .POST(BodyPublishers.ofString(json))
                                .build(),
                        BodyHandlers.ofString())
                .body();
    }

    private String get(String path) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString())
                .body();
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }
}
