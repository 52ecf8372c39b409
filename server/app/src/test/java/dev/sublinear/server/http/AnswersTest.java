package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests may ask for beyond one answer to one prompt, over HTTP. */
final class AnswersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "Naïve café — 猫, and so on.";
    private static final String PROMPT = "Once upon";
    private static final int[] IDS = ScriptedModel.TOKENIZER.encode(PROMPT);

    private ScriptedModel model = ScriptedModel.continuing(IDS.length, TEXT);
    private TestServer server = TestServer.patient(model, TestServer.CONFIG);

    private void restart(ScriptedModel other, int running) {
        server.close();
        model = other;
        server = running == 1 ? TestServer.start(model) : TestServer.patient(model, TestServer.CONFIG);
    }

    @AfterEach
    void close() {
        model.allow(100_000);
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    private JsonNode completion(String fields) throws IOException {
        var response = server.complete("{\"prompt\":\"" + PROMPT + "\"," + fields + "}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private List<JsonNode> events(String fields) throws IOException {
        String stream = server.complete("{\"prompt\":\"" + PROMPT + "\",\"stream\":true,"
                        + "\"stream_options\":{\"include_usage\":true}," + fields + "}")
                .body();
        assertThat(stream).endsWith("data: [DONE]\n\n");
        List<JsonNode> events = new ArrayList<>();
        for (String line :
                stream.lines().filter(one -> one.startsWith("data: {")).toList()) {
            events.add(JSON.readTree(line.substring("data: ".length())));
        }
        return events;
    }

    @Test
    void post_severalChoices_areAllThereAndCountedOnce() throws IOException {
        JsonNode whole = completion("\"n\":3,\"max_tokens\":100");

        assertThat(whole.get("choices")).hasSize(3);
        for (int index = 0; index < 3; index++) {
            assertThat(whole.at("/choices/" + index + "/index").intValue()).isEqualTo(index);
            assertThat(whole.at("/choices/" + index + "/text").textValue()).isEqualTo(TEXT);
            assertThat(whole.at("/choices/" + index + "/finish_reason").textValue())
                    .isEqualTo("stop");
        }
        assertThat(whole.at("/usage/prompt_tokens").intValue()).isEqualTo(IDS.length);
        int each = ScriptedModel.TOKENIZER.encode(TEXT).length + 1;
        assertThat(whole.at("/usage/completion_tokens").intValue()).isEqualTo(3 * each);

        List<JsonNode> events = events("\"n\":3,\"max_tokens\":100");
        assertThat(events.remove(events.size() - 1).get("usage")).isEqualTo(whole.get("usage"));
        for (int index = 0; index < 3; index++) {
            int asked = index;
            List<JsonNode> own = events.stream()
                    .map(event -> event.at("/choices/0"))
                    .filter(choice -> choice.get("index").intValue() == asked)
                    .toList();
            assertThat(own.stream()
                            .map(choice -> choice.get("text").textValue())
                            .collect(Collectors.joining()))
                    .isEqualTo(TEXT);
            assertThat(own.get(own.size() - 1).get("finish_reason").textValue()).isEqualTo("stop");
        }
    }

    @Test
    void post_severalChoicesOfAChat_areAllThere() throws IOException {
        restart(ScriptedModel.repeating("Hi. "), TestServer.RUNNING);
        String asked = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"n\":2,\"max_tokens\":6,"
                + "\"temperature\":0,\"logprobs\":true";
        JsonNode whole = JSON.readTree(server.chat(asked + "}").body());
        String streamed = server.chat(asked + ",\"stream\":true}").body();

        assertThat(whole.get("choices")).hasSize(2);
        for (int index = 0; index < 2; index++) {
            String content = whole.at("/choices/" + index + "/message/content").textValue();
            assertThat(content).isNotEmpty();
            assertThat(whole.at("/choices/" + index + "/logprobs/content")).hasSize(6);
            StringBuilder text = new StringBuilder();
            int roles = 0;
            for (String line :
                    streamed.lines().filter(one -> one.startsWith("data: {")).toList()) {
                JsonNode choice =
                        JSON.readTree(line.substring("data: ".length())).at("/choices/0");
                if (choice.get("index").intValue() == index) {
                    roles += choice.at("/delta").has("role") ? 1 : 0;
                    text.append(choice.at("/delta/content").asText(""));
                }
            }
            assertThat(text).hasToString(content);
            assertThat(roles).isEqualTo(1);
        }
    }

    @Test
    void post_echoWithLogprobs_tellsThePromptsToo() throws IOException {
        JsonNode choice =
                completion("\"echo\":true,\"logprobs\":1,\"max_tokens\":3").at("/choices/0");

        assertThat(choice.get("text").textValue()).startsWith(PROMPT);
        JsonNode logprobs = choice.get("logprobs");
        assertThat(logprobs.get("tokens")).hasSize(IDS.length + 3);
        assertThat(logprobs.at("/token_logprobs/0").isNull())
                .as("nothing comes before the first")
                .isTrue();
        assertThat(logprobs.at("/top_logprobs/0").isNull()).isTrue();
        for (int i = 1; i < IDS.length + 3; i++) {
            assertThat(logprobs.at("/token_logprobs/" + i).doubleValue()).isLessThanOrEqualTo(1e-6);
            assertThat(logprobs.at("/top_logprobs/" + i)).hasSize(1);
        }
        assertThat(text(logprobs.get("tokens"), IDS.length)).isEqualTo(PROMPT);
        assertThat(logprobs.at("/text_offset/0").intValue()).isZero();
        assertThat(logprobs.at("/text_offset/" + IDS.length).intValue()).isEqualTo(PROMPT.length());

        List<JsonNode> events = events("\"echo\":true,\"logprobs\":1,\"max_tokens\":3");
        List<String> tokens = new ArrayList<>();
        events.forEach(event -> event.at("/choices/0/logprobs/tokens").forEach(token -> tokens.add(token.textValue())));
        assertThat(tokens)
                .containsExactlyElementsOf(
                        StreamSupport.stream(logprobs.get("tokens").spliterator(), false)
                                .map(JsonNode::textValue)
                                .toList());
    }

    private static String text(JsonNode tokens, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> tokens.get(i).textValue())
                .collect(Collectors.joining());
    }

    @Test
    void post_echoOfNoTokens_scoresThePromptAlone() throws IOException {
        String fields = "\"echo\":true,\"logprobs\":0,\"max_tokens\":0";
        JsonNode whole = completion(fields);

        assertThat(whole.at("/choices/0/text").textValue()).isEqualTo(PROMPT);
        assertThat(whole.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
        assertThat(whole.at("/choices/0/logprobs/tokens")).hasSize(IDS.length);
        assertThat(whole.at("/usage/completion_tokens").intValue()).isZero();

        List<JsonNode> events = events(fields);
        assertThat(events.get(events.size() - 1).at("/usage/completion_tokens").intValue())
                .isZero();
        assertThat(events.stream()
                        .map(event -> event.at("/choices/0/text").asText(""))
                        .collect(Collectors.joining()))
                .isEqualTo(PROMPT);
    }

    @Test
    void post_systemPrompt_isPinnedUnderABudget() throws IOException {
        restart(ScriptedModel.repeating("x "), 1);
        String system = "Answer in one short sentence, in the words of a sailor.";
        String user = "word ".repeat(300);
        JsonNode pinned = held("{\"role\":\"system\",\"content\":\"" + system + "\"},", user);
        JsonNode without = held("", user);

        int tokens = ScriptedModel.TOKENIZER.encode(system).length;
        assertThat(tokens).isBetween(8, 40);
        for (int position = 0; position < tokens; position++) {
            assertThat(pinned.at("/held/" + position).intValue())
                    .as("position %s", position)
                    .isEqualTo(pinned.get("heads").intValue());
        }
        assertThat(pinned.at("/held/150").intValue()).as("what the user said").isZero();
        assertThat(without.at("/held/" + (tokens - 1)).intValue())
                .as("beyond the sinks, where nothing is pinned")
                .isZero();
    }

    /** What is held of a chat's first layer after its answer, while somebody looks on. */
    private JsonNode held(String system, String user) throws IOException {
        try (RawClient watching = new RawClient(server.connect())) {
            watching.send("GET /api/sequences HTTP/1.1\r\nHost: localhost\r\n\r\n");
            watching.head();
            for (int events = 0; events < 2; events += watching.line().startsWith("data: ") ? 1 : 0) {}
            JsonNode answer = JSON.readTree(server.chat(
                            "{\"messages\":[" + system + "{\"role\":\"user\",\"content\":\"" + user
                                    + "\"}],\"max_tokens\":4,\"kv_cache\":{\"budget\":\"fixed:64\",\"scorer\":\"recency\"}}")
                    .body());
            assertThat(answer.at("/usage/kv_cache/retained_tokens").intValue()).isLessThan(100);
            return JSON.readTree(server.get("/api/sequences/" + answer.get("id").textValue() + "/layers/0")
                    .body());
        }
    }

    @Test
    void timeout_thatPassesInTheQueue_is504() throws IOException {
        restart(ScriptedModel.repeating("x ").hold(), 1);
        try (RawClient running = new RawClient(server.connect());
                RawClient waiting = new RawClient(server.connect())) {
            running.post("/v1/completions", "{\"prompt\":[1],\"max_tokens\":8000}");
            model.allow(1);
            await().until(() -> server.status().running() == 1);
            waiting.send(timed("{\"prompt\":[1],\"max_tokens\":1}", 1));
            int answered = awaitAnswer(waiting);
            assertThat(answered).isEqualTo(504);
        }
    }

    /** Steps until something comes: the engine looks at deadlines between two steps. */
    private int awaitAnswer(RawClient client) throws IOException {
        await().until(() -> {
            model.allow(1);
            return client.socket().getInputStream().available() > 0;
        });
        RawClient.Reply reply = client.read();
        assertThat(reply.body()).contains("\"code\":\"deadline_exceeded\"");
        return reply.status();
    }

    @Test
    void timeout_thatPassesInAStream_isAnErrorEventWithoutDone() throws IOException {
        restart(ScriptedModel.repeating("x ").hold(), 1);
        for (int millis = 100; ; millis *= 2) { // on a busy machine the first token may come too late
            try (Socket socket = server.connect();
                    RawClient client = new RawClient(socket)) {
                client.send(timed("{\"prompt\":[1],\"max_tokens\":8000,\"stream\":true}", millis));
                model.allow(2);
                if (client.head().startsWith("HTTP/1.1 504")) {
                    continue;
                }
                StringBuilder stream = new StringBuilder();
                String line = client.line();
                while (!line.equals("0")) {
                    stream.append(line).append('\n');
                    model.allow(line.contains("error") ? 0 : 1);
                    line = client.line();
                }
                assertThat(stream).contains("\"code\":\"deadline_exceeded\"").doesNotContain("[DONE]");
                return;
            }
        }
    }

    private static String timed(String body, int millis) {
        return "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nx-request-timeout-ms: " + millis
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"type\":\"array\",\"uniqueItems\":true",
                "\"type\":\"object\",\"patternProperties\":{\"a\":{}}",
                "\"not\":{}",
                "\"if\":{},\"then\":false",
                "\"$ref\":\"http://example.com/schema\"",
                "\"type\":\"array\",\"contains\":{}",
                "\"type\":\"object\",\"dependentSchemas\":{\"a\":{}}",
                "\"type\":\"object\",\"propertyNames\":{\"pattern\":\"a\"}"
            })
    void post_schemaThatIsNotSupported_is400NamingTheKeyword(String schema) throws IOException {
        var response = server.chat("{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":"
                + "{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{" + schema + "}}}}");

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").textValue()).isEqualTo("response_format.json_schema.schema");
        String[] names = schema.split("\"", -1);
        String keyword = names[names.length > 6 && names[1].equals("type") ? 5 : 1];
        assertThat(error.get("message").textValue()).contains(keyword);
    }
}
