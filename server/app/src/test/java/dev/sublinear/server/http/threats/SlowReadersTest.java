package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.HttpServer;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row H7 of the threats: replies that are longer than what waits for a client that does not read. */
@Tag("slow")
final class SlowReadersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BODY = 2_000_000;
    private static final long CHUNK = 4L << 20; // the allocator takes memory in pieces of this size

    private final TestServer server = TestServer.patient(
            ScriptedModel.repeating("In the city of silence, ä語, the city of light. "),
            TestServer.CONFIG.with(new HttpConfig.Limits(BODY, 100, 100)));

    @AfterEach
    void close() {
        server.close();
    }

    private static String scored(int prompts, int tokens, int choices, boolean stream) {
        String prompt =
                IntStream.range(0, tokens).mapToObj(i -> "" + (5 + i % 3_000)).collect(Collectors.joining(","));
        String all =
                IntStream.range(0, prompts).mapToObj(i -> "[" + prompt + "]").collect(Collectors.joining(","));
        return "{\"prompt\":[" + all + "],\"n\":" + choices
                + ",\"max_tokens\":20,\"temperature\":0,\"echo\":true,\"logprobs\":5,\"stream\":" + stream + "}";
    }

    private RawClient readerOfLittle() throws IOException {
        return new RawClient(server.connect(4096));
    }

    /** What the pieces of a stream add up to, of each choice; or a whole choice. */
    private static final class Told {
        private final StringBuilder text = new StringBuilder();
        private final Map<String, List<JsonNode>> logprobs = new TreeMap<>();
        private String finish = "";

        void add(JsonNode choice) {
            text.append(choice.get("text").textValue());
            for (String name : List.of("tokens", "token_logprobs", "top_logprobs", "text_offset")) {
                choice.get("logprobs").get(name).forEach(logprobs.computeIfAbsent(name, key -> new ArrayList<>())::add);
            }
            finish = choice.get("finish_reason").isNull()
                    ? finish
                    : choice.get("finish_reason").textValue();
        }
    }

    private static void gather(JsonNode event, Map<Integer, Told> told) {
        event.get("choices")
                .forEach(choice -> told.computeIfAbsent(choice.get("index").intValue(), key -> new Told())
                        .add(choice));
    }

    @ParameterizedTest
    @CsvSource({"1,8000,4", "16,2000,1"})
    void h7_eventsOfManyMegabytesForAReaderThatPauses_allArrive(int prompts, int tokens, int choices)
            throws IOException {
        long before = HttpServer.directBytes();
        Map<Integer, Told> streamed = new TreeMap<>();
        try (RawClient client = readerOfLittle()) {
            client.post("/v1/completions", scored(prompts, tokens, choices, true));
            String head = client.head();
            await().until(() -> server.status().equals(EngineStatus.IDLE)); // while nobody reads
            assertThat(HttpServer.directBytes() - before).isLessThanOrEqualTo(3 * CHUNK);
            for (JsonNode event : TestServer.events(client.body(head))) {
                gather(event, streamed);
            }
        }
        Map<Integer, Told> whole = new TreeMap<>();
        gather(
                JSON.readTree(server.post("/v1/completions", scored(prompts, tokens, choices, false))
                        .body()),
                whole);
        assertThat(streamed).hasSize(prompts * choices).hasSameSizeAs(whole);
        whole.forEach((index, told) -> {
            Told pieces = Objects.requireNonNull(streamed.get(index));
            assertThat(pieces.text.toString()).isEqualTo(told.text.toString());
            assertThat(pieces.logprobs).isEqualTo(told.logprobs);
            assertThat(pieces.finish).isEqualTo(told.finish).isEqualTo("length");
        });
        assertThat(server.get("/metrics").body()).contains("sublinear_readers_stalled_total 0.0");
    }

    @Test
    void h7_wholeReplyOfManyMegabytes_holdsLittleOutsideTheHeap() throws IOException {
        long before = HttpServer.directBytes();
        try (RawClient client = readerOfLittle()) {
            client.post("/v1/completions", scored(16, 2_000, 1, false));
            String head = client.head();
            assertThat(HttpServer.directBytes() - before).isLessThanOrEqualTo(3 * CHUNK);
            JsonNode reply = JSON.readTree(client.body(head));
            assertThat(reply.get("choices")).hasSize(16);
        }
    }

    @Test
    void h7_readerWhoseAnswerGoesTooFarAhead_isToldAndWhatItAskedForEnds() throws IOException {
        List<String> events = new ArrayList<>();
        try (RawClient client = readerOfLittle()) {
            client.post(
                    "/v1/completions",
                    "{\"prompt\":[5,6,7],\"n\":4,\"max_tokens\":8000,\"temperature\":0,\"ignore_eos\":true,"
                            + "\"logprobs\":5,\"stream\":true}");
            client.head();
            await().until(() -> server.get("/metrics").body().contains("sublinear_readers_stalled_total 1.0"));
            await().until(() -> server.status().equals(EngineStatus.IDLE));
            client.whatComes().lines().filter(line -> line.startsWith("data: ")).forEach(events::add);
        }
        assertThat(events).hasSizeLessThan(4 * 8_000).doesNotContain("data: [DONE]");
        JsonNode last = JSON.readTree(events.get(events.size() - 1).substring("data: ".length()));
        assertThat(last.get("error").get("code").textValue()).isEqualTo("reader_too_slow");
        assertThat(last.get("error").get("message").textValue()).contains("more than 262144 bytes");
    }
}
