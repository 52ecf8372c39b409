package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All of a server but the model. */
final class StubServerTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Server server = Server.start(ConfigReader.read(
            Map.of(
                    "model", "stub:context=4096",
                    "http.port", "0",
                    "http.access-log", "off",
                    "cache.capacity", "10MiB",
                    "engine.queue-limit", "1000"),
            Map.of()));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void post_manyAtOnce_eachHasItsGoldenAnswer() throws Exception {
        List<String> golden = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            golden.add(answer(send(i).get()));
        }
        assertThat(golden).doesNotHaveDuplicates().allMatch(text -> text.matches("[a-z ]{50}"));

        List<CompletableFuture<String>> replies = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            replies.add(send(i % 10));
        }

        for (int i = 0; i < 700; i++) {
            assertThat(answer(replies.get(i).get())).isEqualTo(golden.get(i % 10));
        }
    }

    @Test
    void post_longChat_saysWhatIsRetained() throws Exception {
        String body = JSON.writeValueAsString(
                Map.of("messages", List.of(Map.of("role", "user", "content", "x".repeat(3000))), "max_tokens", 5));

        JsonNode reply = JSON.readTree(post("/v1/chat/completions", body).get());

        assertThat(reply.at("/choices/0/message/content").textValue()).hasSize(5);
        assertThat(reply.at("/usage/prompt_tokens").intValue()).isEqualTo(3000 + "User: \nAssistant:".length());
        assertThat(reply.at("/usage/kv_cache/retained_tokens").intValue()).isBetween(1700, 1900);
        assertThat(CLIENT.send(HttpRequest.newBuilder(uri("/metrics")).build(), BodyHandlers.ofString())
                        .body())
                .contains("sublinear_native_tensors 0.0");
    }

    private CompletableFuture<String> send(int number) throws IOException {
        return post(
                "/v1/completions",
                JSON.writeValueAsString(
                        Map.of("prompt", "question " + number, "max_tokens", 50, "temperature", number % 2)));
    }

    private CompletableFuture<String> post(String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(uri(path))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        return CLIENT.sendAsync(request, BodyHandlers.ofString()).thenApply(reply -> {
            assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
            return reply.body();
        });
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private static String answer(String body) throws IOException {
        return JSON.readTree(body).at("/choices/0/text").textValue();
    }
}
