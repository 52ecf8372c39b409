package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page's files, and what it is told of the engine. */
final class PageRoutesTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Pattern IMPORT =
            Pattern.compile("^import (?:\\{[^}]*} from )?'(\\.[^']+)';", Pattern.MULTILINE);

    private final ScriptedModel model = ScriptedModel.repeating("Naïve 猫 ");
    private final TestServer server = TestServer.start(model);
    private final ScheduledExecutorService steps = Executors.newSingleThreadScheduledExecutor();

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
        steps.shutdownNow();
    }

    @Test
    void get_root_isAPageWhoseFilesAreAllThere() {
        HttpResponse<String> page = server.get("/");

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
        Pattern.compile("(?:href|src)=\"(page/[^\"]+)\"")
                .matcher(page.body())
                .results()
                .forEach(file -> {
                    HttpResponse<String> response = server.get("/" + file.group(1));
                    assertThat(response.statusCode()).as(file.group(1)).isEqualTo(200);
                    assertThat(response.body()).isNotEmpty();
                });
    }

    @Test
    void get_everyModuleThatAnotherImports_isThere() {
        Deque<URI> open = new ArrayDeque<>(List.of(server.uri("/page/js/main.js")));
        Set<URI> seen = new HashSet<>();
        while (!open.isEmpty()) {
            URI module = open.pop();
            if (seen.add(module)) {
                HttpResponse<String> response = server.get(module.getPath());
                assertThat(response.statusCode()).as(module.getPath()).isEqualTo(200);
                IMPORT.matcher(response.body()).results().forEach(found -> open.push(module.resolve(found.group(1))));
            }
        }
        assertThat(seen)
                .contains(server.uri("/page/js/markdown.js"), server.uri("/page/markdown-it/markdown-it.min.js"));
    }

    @Test
    void get_anyFile_allowsNothingInlineAndNothingFromElsewhere() {
        for (String path :
                new String[] {"/", "/page/page.css", "/page/js/main.js", "/page/markdown-it/markdown-it.min.js"}) {
            HttpResponse<String> response = server.get(path);
            assertThat(response.headers().firstValue("content-security-policy"))
                    .as(path)
                    .get()
                    .asString()
                    .startsWith("default-src 'none'; script-src 'self'; style-src 'self';")
                    .doesNotContain("unsafe", "http:", "https:", "*");
            assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
        }
        assertThat(server.get("/").body()).doesNotContain("<style", "style=", "onclick", "http://", "https://cdn");
    }

    @Test
    void get_fileThatTheBrowserHas_isNotSentAgain() {
        String tag = server.get("/page/page.css").headers().firstValue("etag").orElseThrow();

        HttpResponse<String> again =
                server.send(HttpRequest.newBuilder(server.uri("/page/page.css")).header("if-none-match", tag));

        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(server.get("/page/page.css").statusCode())
                .as("on the same connection")
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/page/nothing.js",
                "/page/",
                "/page/index.html",
                "/page/js/../index.html",
                "/page/%2e%2e/Page.class",
                "/page/js",
                "/api/sequences/1",
                "/api/sequences/cmpl-nobody",
                "/api/sequences/1/layers/x",
                "/api/sequences/1/layers/99999999",
                "/api/sequences/1/heads/0",
                "/api/sequences/1/tokens/0",
                "/api/sequences/"
            })
    void get_whatIsNotThere_is404(String path) throws IOException {
        assertThat(server.exchange("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 404 ");
    }

    @Test
    void get_sequences_tellsTheServersFactsThenWhatIsHeld() throws IOException {
        model.hold();
        Future<?> drip = CompletableFuture.completedFuture("not yet");
        try (Socket asking = server.connect();
                Socket watching = server.connect()) {
            String body =
                    "{\"prompt\":[5,6,7],\"max_tokens\":2000,\"stream\":true,\"kv_cache\":{\"budget\":\"fixed:64\"}}";
            asking.getOutputStream().write(post(body));
            model.allow(201); // the prompt and two hundred tokens
            await().until(() -> model.chunks().size() == 201);
            drip = steps.scheduleWithFixedDelay(() -> model.allow(1), 10, 10, TimeUnit.MILLISECONDS);
            BufferedReader replies = reader(asking);
            String completion = JSON.readTree(data(replies)).get("id").textValue();

            watching.getOutputStream().write(get("/api/sequences"));
            BufferedReader events = reader(watching);
            JsonNode facts = JSON.readTree(data(events));
            JsonNode sequence = JSON.readTree(data(events)).get("sequences").get(0);

            assertThat(facts.get("model").textValue()).isEqualTo(TestServer.MODEL);
            assertThat(facts.get("scorers").toString()).contains("recency", "heavy-hitter");
            assertThat(sequence.get("phase").textValue()).isEqualTo("decode");
            assertThat(sequence.get("prompt_tokens").intValue()).isEqualTo(3);
            assertThat(sequence.get("seen_tokens").intValue()).isGreaterThanOrEqualTo(203);
            assertThat(sequence.get("retained_tokens").intValue()).isBetween(64, 72);
            assertThat(sequence.get("budget").textValue()).isEqualTo("fixed:64");
            assertThat(sequence.get("bytes").longValue())
                    .isLessThan(sequence.get("full_bytes").longValue());

            String number = sequence.get("number").textValue();
            JsonNode byNumber =
                    JSON.readTree(server.get("/api/sequences/" + number).body());
            JsonNode own = JSON.readTree(
                    server.get("/api/sequences/" + completion + "/layers/1").body());

            assertThat(byNumber.has("pieces"))
                    .as("text without the id of the completion")
                    .isFalse();
            assertThat(byNumber.get("heads").intValue()).isEqualTo(2);
            assertThat(byNumber.get("held")).hasSizeGreaterThan(200);
            assertThat(byNumber.get("held").get(100).intValue()).isZero();
            assertThat(byNumber.get("held").get(0).intValue()).isEqualTo(2);
            JsonNode ofHead = JSON.readTree(
                    server.get("/api/sequences/" + number + "/layers/1/heads/0").body());
            JsonNode sink = JSON.readTree(
                    server.get("/api/sequences/" + number + "/tokens/0").body());
            JsonNode evicted = JSON.readTree(
                    server.get("/api/sequences/" + number + "/tokens/100").body());
            assertThat(byNumber.get("held_by_head"))
                    .hasSize(2)
                    .allSatisfy(layer -> assertThat(layer)
                            .singleElement()
                            .satisfies(tokens -> assertThat(tokens.intValue()).isBetween(64, 72)));
            assertThat(ofHead.get("heads").intValue()).isEqualTo(1);
            assertThat(ofHead.get("held_by_head")).hasSize(2);
            assertThat(sink.at("/layers/1/0/reason").textValue()).isEqualTo("sink");
            assertThat(evicted.at("/layers/1/0").isNull()).isTrue();
            assertThat(server.get("/api/sequences/" + number + "/layers/1/heads/1")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(server.get("/api/sequences/" + number + "/tokens/1000000")
                            .statusCode())
                    .isEqualTo(404);
            assertThat(own.get("number").textValue()).isEqualTo(number);
            assertThat(own.get("heads").intValue()).isEqualTo(1);
            assertThat(own.get("pieces")).hasSameSizeAs(own.get("held"));
            assertThat(own.get("pieces").toString()).contains("猫");
        } finally {
            drip.cancel(false);
            model.allow(10_000);
        }
    }

    @Test
    void get_sequencesAfterAShortAnswer_stillTellsWhatItHeld() throws IOException {
        try (Socket watching = server.connect()) {
            watching.getOutputStream().write(get("/api/sequences"));
            BufferedReader events = reader(watching);
            data(events);
            data(events);

            String answer =
                    server.complete("{\"prompt\":[1,6,7],\"max_tokens\":4}").body();
            JsonNode held = JSON.readTree(server.get(
                            "/api/sequences/" + JSON.readTree(answer).get("id").textValue())
                    .body());

            assertThat(held.get("seen_tokens").intValue()).isEqualTo(6); // the last was chosen, not read
            assertThat(held.get("pieces")).hasSize(6);
            assertThat(held.at("/pieces/0").textValue()).isEqualTo("<|user|>");
        }
    }

    private static byte[] get(String path) {
        return ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] post(String json) {
        return ("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                        + json.length() + "\r\n\r\n" + json)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    /** Returns the data of the next event. */
    private static String data(BufferedReader events) throws IOException {
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            if (line.startsWith("data: ")) {
                return line.substring(6);
            }
        }
        throw new AssertionError("the stream has ended");
    }
}
