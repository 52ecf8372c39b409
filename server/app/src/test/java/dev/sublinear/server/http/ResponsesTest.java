package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ResponsesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "Naïve café — 猫, and so on.";
    private static final String ASKED = "\"instructions\":\"Be brief.\",\"input\":\"Hi\"";
    private static final List<Message> MESSAGES =
            List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Hi"));
    private static final int PROMPT = ScriptedModel.CHAT.encode(MESSAGES, List.of(), true).length;
    private static final String PARAMETERS = "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":[\"Oslo\"]}},"
            + "\"required\":[\"city\"],\"additionalProperties\":false}";
    private static final String FUNCTION = "\"name\":\"weather\",\"description\":\"It.\",\"parameters\":" + PARAMETERS;
    private static final String TOOLS = "\"tools\":[{\"type\":\"function\"," + FUNCTION + ",\"strict\":true}]";
    private static final String CALL =
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

    @TempDir
    private Path directory;

    private TestServer server = TestServer.start(ScriptedModel.continuing(PROMPT, TEXT));

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    private JsonNode body(String json) throws IOException {
        var response = server.post("/v1/responses", json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private List<JsonNode> events(String json) throws IOException {
        return events(server.post("/v1/responses", json.replaceFirst("\\{", "{\"stream\":true,"))
                .body()
                .split("\n\n", -1));
    }

    /** The events of a stream, each of which must have the name that its data have, and the next number. */
    private static List<JsonNode> events(String[] parts) throws IOException {
        List<JsonNode> events = new ArrayList<>();
        for (String part : parts) {
            if (!part.isEmpty() && !part.startsWith(":")) {
                String[] lines = part.split("\n", -1);
                assertThat(lines).as(part).hasSize(2);
                JsonNode event = JSON.readTree(lines[1].substring("data: ".length()));
                assertThat(lines[0]).isEqualTo("event: " + event.get("type").textValue());
                assertThat(event.get("sequence_number").intValue()).isEqualTo(events.size());
                assertThat(event.has("error"))
                        .as("clients take any for a failure")
                        .isFalse();
                events.add(event);
            }
        }
        return events;
    }

    private static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.get("type").textValue()).toList();
    }

    private static String deltas(List<JsonNode> events, String type) {
        return events.stream()
                .filter(event -> event.get("type").textValue().equals(type))
                .map(event -> event.get("delta").textValue())
                .collect(Collectors.joining());
    }

    /** Without what is another in every response. */
    private static JsonNode comparable(JsonNode response) {
        ObjectNode copy = response.deepCopy();
        copy.put("id", "").put("created_at", 0);
        copy.get("output").forEach(item -> ((ObjectNode) item).put("id", "").put("call_id", ""));
        return copy;
    }

    @Test
    void post_text_hasMessageUsageAndWhatWasAsked() throws IOException {
        JsonNode body = body("{" + ASKED + ",\"model\":\"org/scripted\",\"temperature\":0.5,\"store\":false,"
                + "\"metadata\":{\"a\":\"b\"},\"user\":\"u\",\"reasoning\":{\"effort\":\"low\"},\"seed\":null,"
                + "\"text\":{\"verbosity\":\"low\"},\"truncation\":\"disabled\",\"prompt_cache_key\":\"k\"}");

        assertThat(body.get("id").textValue()).startsWith("resp_");
        assertThat(body.get("object").textValue()).isEqualTo("response");
        assertThat(body.get("created_at").isIntegralNumber()).isTrue();
        assertThat(body.get("status").textValue()).isEqualTo("completed");
        assertThat(body.get("error").isNull()).isTrue();
        assertThat(body.get("incomplete_details").isNull()).isTrue();
        assertThat(body.get("model").textValue()).isEqualTo("org/scripted");
        assertThat(body.get("output")).hasSize(1);
        assertThat(body.at("/output/0/id").textValue()).startsWith("msg_");
        ((ObjectNode) body.at("/output/0")).remove("id");
        assertThat(body.at("/output/0").toString())
                .isEqualTo("{\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\",\"content\":"
                        + "[{\"type\":\"output_text\",\"text\":\"" + TEXT + "\",\"annotations\":[],\"logprobs\":[]}]}");
        JsonNode usage = body.get("usage");
        int generated = ScriptedModel.TOKENIZER.encode(TEXT).length + 1;
        assertThat(usage.get("input_tokens").intValue()).isEqualTo(PROMPT);
        assertThat(usage.at("/input_tokens_details/cached_tokens").intValue()).isZero();
        assertThat(usage.get("output_tokens").intValue()).isEqualTo(generated);
        assertThat(usage.at("/output_tokens_details/reasoning_tokens").isInt()).isTrue();
        assertThat(usage.get("total_tokens").intValue()).isEqualTo(PROMPT + generated);
        assertThat(usage.at("/kv_cache/seen_tokens").intValue()).isEqualTo(PROMPT + generated - 1);
        assertThat(body.get("instructions").textValue()).isEqualTo("Be brief.");
        assertThat(body.get("temperature").doubleValue()).isEqualTo(0.5);
        assertThat(body.get("top_p").doubleValue()).isEqualTo(1);
        assertThat(body.get("metadata").toString()).isEqualTo("{\"a\":\"b\"}");
        assertThat(body.get("user").textValue()).isEqualTo("u");
        assertThat(body.get("reasoning").toString()).isEqualTo("{\"effort\":\"low\",\"summary\":null}");
        assertThat(body.get("text").toString()).isEqualTo("{\"format\":{\"type\":\"text\"},\"verbosity\":\"low\"}");
        assertThat(body.get("tool_choice").textValue()).isEqualTo("auto");
        assertThat(body.get("tools")).isEmpty();
        assertThat(body.get("parallel_tool_calls").booleanValue()).isTrue();
        assertThat(body.get("prompt_cache_key").textValue()).isEqualTo("k");
        assertThat(body.get("truncation").textValue()).isEqualTo("disabled");
        assertThat(body.get("store").booleanValue()).isFalse();
        assertThat(body.get("previous_response_id").isNull()).isTrue();
    }

    @Test
    void post_stream_hasTheEventsInTheirOrderAndEndsWithTheWhole() throws IOException {
        List<JsonNode> events = events("{" + ASKED + "}");

        List<String> types = types(events);
        assertThat(types.subList(0, 4))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added");
        assertThat(types.subList(4, types.size() - 4)).hasSizeGreaterThan(5).containsOnly("response.output_text.delta");
        assertThat(types.subList(types.size() - 4, types.size()))
                .containsExactly(
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(events.get(0).at("/response/status").textValue()).isEqualTo("in_progress");
        assertThat(events.get(0).at("/response/output")).isEmpty();
        assertThat(events.get(0).at("/response/usage").isNull()).isTrue();
        assertThat(events.get(2).at("/item/status").textValue()).isEqualTo("in_progress");
        assertThat(events.get(2).at("/item/content")).isEmpty();
        assertThat(deltas(events, "response.output_text.delta")).isEqualTo(TEXT);
        String item = events.get(2).at("/item/id").textValue();
        assertThat(events.subList(3, events.size() - 2)).allSatisfy(event -> {
            assertThat(event.get("item_id").textValue()).isEqualTo(item);
            assertThat(event.get("output_index").intValue()).isZero();
            assertThat(event.get("content_index").intValue()).isZero();
        });
        JsonNode completed = events.get(events.size() - 1).get("response");
        assertThat(completed.get("id")).isEqualTo(events.get(0).at("/response/id"));
        assertThat(completed.at("/output/0/id").textValue()).isEqualTo(item);
        assertThat(comparable(completed)).isEqualTo(comparable(body("{" + ASKED + "}")));
    }

    @Test
    void post_maxOutputTokens_isIncomplete() throws IOException {
        String asked = "{" + ASKED + ",\"max_output_tokens\":3}";
        JsonNode whole = body(asked);
        List<JsonNode> events = events(asked);

        assertThat(whole.get("status").textValue()).isEqualTo("incomplete");
        assertThat(whole.at("/incomplete_details/reason").textValue()).isEqualTo("max_output_tokens");
        assertThat(whole.at("/output/0/status").textValue()).isEqualTo("incomplete");
        assertThat(whole.at("/usage/output_tokens").intValue()).isEqualTo(3);
        assertThat(whole.get("max_output_tokens").intValue()).isEqualTo(3);
        JsonNode last = events.get(events.size() - 1);
        assertThat(last.get("type").textValue()).isEqualTo("response.incomplete");
        assertThat(comparable(last.get("response"))).isEqualTo(comparable(whole));
    }

    @Test
    void post_longRequest_isRepeatedAtTheEndOfAStream() throws IOException {
        String instructions = "word ".repeat(3_300);
        List<JsonNode> events =
                events("{\"instructions\":\"" + instructions + "\",\"input\":\"Hi\",\"max_output_tokens\":1}");

        assertThat(events.get(0).at("/response/instructions").isNull()).isTrue();
        assertThat(events.get(events.size() - 1).at("/response/instructions").textValue())
                .isEqualTo(instructions);
    }

    @Test
    void post_logprobs_areOfEachToken() throws IOException {
        String asked = "{" + ASKED + ",\"max_output_tokens\":4,\"include\":[\"message.output_text.logprobs\"],"
                + "\"top_logprobs\":2}";
        JsonNode logprobs = body(asked).at("/output/0/content/0/logprobs");
        List<JsonNode> streamed = new ArrayList<>();
        events(asked).stream()
                .filter(event -> event.get("type").textValue().equals("response.output_text.delta"))
                .forEach(event -> event.get("logprobs").forEach(streamed::add));

        assertThat(logprobs).hasSize(4).allSatisfy(token -> {
            assertThat(token.get("bytes")).isNotEmpty();
            assertThat(token.get("top_logprobs")).hasSize(2);
            assertThat(token.at("/top_logprobs/1/bytes").isArray()).isTrue();
        });
        assertThat(streamed).containsExactlyElementsOf(logprobs);
        assertThat(body("{" + ASKED + "}").at("/output/0/content/0/logprobs")).isEmpty();
    }

    @Test
    void post_jsonSchema_makesTheAnswerValid() throws IOException {
        String format = ",\"text\":{\"format\":{\"type\":\"json_schema\",\"name\":\"a\",\"strict\":true,\"schema\":"
                + "{\"type\":\"object\",\"properties\":{\"answer\":{\"enum\":[\"yes\"]}},"
                + "\"required\":[\"answer\"],\"additionalProperties\":false}}}";
        JsonNode body = body("{" + ASKED + format + ",\"max_output_tokens\":60,\"temperature\":0}");

        assertThat(JSON.readTree(body.at("/output/0/content/0/text").textValue()))
                .isEqualTo(JSON.readTree("{\"answer\":\"yes\"}"));
        assertThat(body.at("/text/format/name").textValue()).isEqualTo("a");
        JsonNode object = body("{" + ASKED
                + ",\"text\":{\"format\":{\"type\":\"json_object\"}},\"max_output_tokens\":4,\"temperature\":0}");
        assertThat(object.at("/output/0/content/0/text").textValue()).startsWith("{");
    }

    @Test
    void post_answerThatIsACall_isAnItem() throws IOException {
        callTools(CALL);
        JsonNode whole = body("{" + ASKED + "," + TOOLS + "}");
        List<JsonNode> events = events("{" + ASKED + "," + TOOLS + "}");

        assertThat(whole.get("output")).hasSize(1);
        JsonNode call = whole.at("/output/0");
        assertThat(call.get("type").textValue()).isEqualTo("function_call");
        assertThat(call.get("id").textValue()).startsWith("fc_");
        assertThat(call.get("call_id").textValue()).startsWith("call_");
        assertThat(call.get("name").textValue()).isEqualTo("weather");
        assertThat(call.get("status").textValue()).isEqualTo("completed");
        assertThat(JSON.readTree(call.get("arguments").textValue())).isEqualTo(JSON.readTree("{\"city\":\"Oslo\"}"));
        assertThat(whole.get("status").textValue()).isEqualTo("completed");
        assertThat(whole.get("tools").toString()).isEqualTo("[" + TOOLS.substring(TOOLS.indexOf('[') + 1));
        assertThat(types(events))
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.function_call_arguments.delta",
                        "response.function_call_arguments.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(events.get(2).at("/item/arguments").textValue()).isEmpty();
        assertThat(deltas(events, "response.function_call_arguments.delta"))
                .isEqualTo(call.get("arguments").textValue());
        assertThat(comparable(events.get(6).get("response"))).isEqualTo(comparable(whole));
    }

    @Test
    void post_thought_isAnItemBeforeTheMessage() throws IOException {
        chat(
                "{% for m in messages %}{{ m.content }}<think>{{ m.reasoning_content }}</think>{% endfor %}",
                "<think>\nIt is late.\n</think>\n\nLate.");
        JsonNode whole = body("{" + ASKED + "}");
        List<JsonNode> events = events("{" + ASKED + "}");

        assertThat(whole.get("output")).hasSize(2);
        assertThat(whole.at("/output/0/id").textValue()).startsWith("rs_");
        assertThat(whole.at("/output/0/summary")).isEmpty();
        assertThat(whole.at("/output/0/content").toString())
                .isEqualTo("[{\"type\":\"reasoning_text\",\"text\":\"It is late.\"}]");
        assertThat(whole.at("/output/1/content/0/text").textValue()).isEqualTo("Late.");
        assertThat(whole.at("/usage/output_tokens_details/reasoning_tokens").intValue())
                .isEqualTo(ScriptedModel.TOKENIZER.encode("<think>\nIt is late.\n</think>").length);
        assertThat(deltas(events, "response.reasoning_text.delta")).isEqualTo("It is late.");
        assertThat(deltas(events, "response.output_text.delta")).isEqualTo("Late.");
        assertThat(types(events))
                .containsSubsequence(
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.reasoning_text.delta",
                        "response.reasoning_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.output_item.added",
                        "response.output_text.delta",
                        "response.completed");
        assertThat(comparable(events.get(events.size() - 1).get("response"))).isEqualTo(comparable(whole));
    }

    @Test
    void post_parallelToolCallsFalse_makesOneCall() throws IOException {
        callTools(CALL + "\n" + CALL);

        assertThat(body("{" + ASKED + "," + TOOLS + "}").get("output")).hasSize(2);
        JsonNode one = body("{" + ASKED + "," + TOOLS + ",\"parallel_tool_calls\":false}");
        assertThat(one.get("output")).hasSize(1);
        assertThat(one.get("parallel_tool_calls").booleanValue()).isFalse();
    }

    @Test
    void post_textBeforeACall_isAnItemBeforeIt() throws IOException {
        callTools("Let me look. " + CALL);
        JsonNode output = body("{" + ASKED + "," + TOOLS + "}").get("output");
        List<JsonNode> events = events("{" + ASKED + "," + TOOLS + "}");

        assertThat(output.findValuesAsText("type")).contains("message", "function_call");
        assertThat(output.at("/0/content/0/text").textValue().strip()).isEqualTo("Let me look.");
        assertThat(output.at("/1/name").textValue()).isEqualTo("weather");
        List<String> types = types(events);
        assertThat(types.indexOf("response.function_call_arguments.done"))
                .isGreaterThan(types.indexOf("response.output_item.done"));
        assertThat(types.stream().filter("response.output_item.added"::equals)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"required\"", "{\"type\":\"function\",\"name\":\"weather\"}"})
    void post_callThatIsRequired_isMadeWhateverTheModelWouldSay(String choice) throws IOException {
        callTools(TEXT);
        JsonNode body = body("{" + ASKED + "," + TOOLS + ",\"max_output_tokens\":99,\"temperature\":0,\"tool_choice\":"
                + choice + "}");

        assertThat(body.at("/output/0/name").textValue()).isEqualTo("weather");
        assertThat(body.get("tool_choice")).isEqualTo(JSON.readTree(choice));
    }

    /** The same chat, whichever way it is asked: what the model reads is the same. */
    @Test
    void post_items_areTheMessagesOfTheSameChat() throws IOException {
        callTools(TEXT);
        List<Integer> read = new CopyOnWriteArrayList<>();
        server.model().readingTo(ids -> Arrays.stream(ids).forEach(read::add));
        String chatTool = "\"tools\":[{\"type\":\"function\",\"function\":{" + FUNCTION + ",\"strict\":true}}]";
        assertThat(server.chat("{\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},"
                                + "{\"role\":\"user\",\"content\":\"Hi\"},"
                                + "{\"role\":\"assistant\",\"content\":\"Let me look.\","
                                + "\"reasoning_content\":\"Where? There.\",\"tool_calls\":["
                                + "{\"id\":\"c1\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
                                + "\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\"}},"
                                + "{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"weather\","
                                + "\"arguments\":\"{}\"}}]},"
                                + "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"Rain.\"},"
                                + "{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"Sun.\"},"
                                + "{\"role\":\"developer\",\"content\":\"Hurry.\"}]," + chatTool
                                + ",\"max_tokens\":1}")
                        .statusCode())
                .isEqualTo(200);
        List<Integer> asChat = List.copyOf(read);
        read.clear();

        body("{\"instructions\":\"Be brief.\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\","
                + "\"text\":\"H\"},{\"type\":\"input_text\",\"text\":\"i\"}]},"
                + "{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"content\":null},"
                + "{\"type\":\"reasoning\",\"id\":\"rs_2\",\"summary\":[],\"content\":"
                + "[{\"type\":\"reasoning_text\",\"text\":\"Where? There.\"}]},"
                + "{\"type\":\"message\",\"id\":\"msg_1\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":"
                + "[{\"type\":\"output_text\",\"text\":\"Let me look.\",\"annotations\":[],\"logprobs\":[]}]},"
                + "{\"type\":\"function_call\",\"id\":\"fc_1\",\"call_id\":\"c1\",\"name\":\"weather\","
                + "\"arguments\":\"{\\\"city\\\":\\\"Oslo\\\"}\",\"status\":\"completed\"},"
                + "{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"weather\",\"arguments\":\"{}\"},"
                + "{\"type\":\"function_call_output\",\"call_id\":\"c1\",\"output\":\"Rain.\"},"
                + "{\"type\":\"function_call_output\",\"call_id\":\"c2\",\"output\":[{\"type\":\"input_text\","
                + "\"text\":\"Sun.\"}]},{\"role\":\"developer\",\"content\":\"Hurry.\"}]," + TOOLS
                + ",\"max_output_tokens\":1}");

        assertThat(read).hasSizeGreaterThan(50).isEqualTo(asChat);
    }

    @Test
    void post_outputOfAResponse_mayBeSentBack() throws IOException {
        callTools(CALL);
        String first = body("{" + ASKED + "," + TOOLS + "}").get("output").toString();
        String items = first.substring(1, first.length() - 1);
        String call = JSON.readTree(first).at("/0/call_id").textValue();

        JsonNode next = body("{\"input\":[{\"role\":\"user\",\"content\":\"Hi\"}," + items
                + ",{\"type\":\"function_call_output\",\"call_id\":\"" + call + "\",\"output\":\"Rain.\"}]," + TOOLS
                + ",\"max_output_tokens\":2}");

        assertThat(next.at("/output/0/type").textValue()).isEqualTo("message");
    }

    @Test
    void post_failureWithinAStream_isToldByTwoEvents() throws IOException {
        restart(new ScriptedModel(seen -> seen < PROMPT + 3 ? 100 : ScriptedModel.NOT_A_NUMBER));

        String stream =
                server.post("/v1/responses", "{" + ASKED + ",\"stream\":true}").body();

        assertThat(stream).doesNotContain("[DONE]").doesNotContain("NaN");
        List<JsonNode> events = events(stream.split("\n\n", -1));
        List<String> types = types(events);
        assertThat(types.subList(types.size() - 2, types.size())).containsExactly("error", "response.failed");
        JsonNode error = events.get(events.size() - 2);
        assertThat(error.get("code").textValue()).isEqualTo("internal_error");
        assertThat(error.get("param").isNull()).isTrue();
        JsonNode response = events.get(events.size() - 1).get("response");
        assertThat(response.get("status").textValue()).isEqualTo("failed");
        assertThat(response.at("/error/code").textValue()).isEqualTo("server_error");
        assertThat(response.at("/error/message")).isEqualTo(error.get("message"));
    }

    @Test
    void post_failureBeforeTheFirstToken_hasAStatusAlsoForAStream() {
        restart(new ScriptedModel(seen -> ScriptedModel.NOT_A_NUMBER));

        for (String stream : List.of("true", "false")) {
            assertThat(server.post("/v1/responses", "{" + ASKED + ",\"stream\":" + stream + "}")
                            .statusCode())
                    .isEqualTo(500);
        }
    }

    @Test
    void post_deadlineThatPasses_is504() {
        restart(ScriptedModel.repeating("x "));

        var response = server.send(HttpRequest.newBuilder(server.uri("/v1/responses"))
                .header("x-request-timeout-ms", "1")
                .POST(BodyPublishers.ofString("{" + ASKED + ",\"max_output_tokens\":8000}")));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(504);
    }

    @Test
    void post_clientThatLeaves_isFreed() throws IOException {
        ScriptedModel model = ScriptedModel.repeating("x ").hold();
        restart(model);
        try (RawClient client = new RawClient(server.connect())) {
            client.post("/v1/responses", "{" + ASKED + ",\"stream\":true,\"max_output_tokens\":8000}");
            model.allow(3);
            assertThat(client.head()).startsWith("HTTP/1.1 200");
        }
        await().until(() -> {
            model.allow(1);
            return server.status().equals(EngineStatus.IDLE);
        });
        assertThat(model.chunks()).hasSizeLessThan(8000);
        model.allow(1_000_000);
    }

    @Test
    void metrics_responses_areCountedAsSuch() throws IOException {
        body("{" + ASKED + "}");
        server.post("/v1/responses", "{}");

        assertThat(server.get("/metrics").body())
                .contains("endpoint=\"responses\",outcome=\"stop\"} 1.0")
                .contains("endpoint=\"responses\",outcome=\"invalid\"} 1.0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{} | input | input is required",
                "{\"input\":5} | input | input must be a string or an array, was 5",
                "{\"input\":[]} | input | input must have 1 to 4096 items, was 0",
                "{\"input\":[5]} | input[0] | input[0] must be an object, was 5",
                "{\"input\":[{}]} | input[0].role | input[0].role is required",
                "{\"input\":[{\"role\":\"tool\",\"content\":\"a\"}]} | input[0].role | input[0].role must be developer, system, user or assistant",
                "{\"input\":[{\"role\":\"user\"}]} | input[0].content | input[0].content is required",
                "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"http://127.0.0.1:9/\"}]}]} | input[0].content[0].type | input[0].content[0].type: input_image is not supported",
                "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_id\":\"a\"}]}]} | input[0].content[0].type | input[0].content[0].type: input_file is not supported",
                "{\"input\":[{\"type\":\"item_reference\",\"id\":\"a\"}]} | input[0].type | input[0].type: item_reference is not supported",
                "{\"input\":[{\"type\":\"web_search_call\"}]} | input[0].type | input[0].type: web_search_call is not supported",
                "{\"input\":[{\"type\":\"function_call\",\"name\":\"a\",\"arguments\":\"{}\"}]} | input[0].call_id | input[0].call_id is required",
                "{\"input\":[{\"type\":\"function_call_output\",\"output\":\"a\"}]} | input[0].call_id | input[0].call_id is required",
                "{\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"a\"}]} | input[0].output | input[0].output is required",
                "{ASKED,\"store\":true} | store | store: true is not supported",
                "{ASKED,\"background\":true} | background | background: true is not supported",
                "{ASKED,\"previous_response_id\":\"resp_1\"} | previous_response_id | previous_response_id is not supported",
                "{ASKED,\"conversation\":\"c\"} | conversation | conversation is not supported",
                "{ASKED,\"prompt\":{\"id\":\"p\"}} | prompt | prompt is not supported",
                "{ASKED,\"truncation\":\"auto\"} | truncation | truncation: auto is not supported",
                "{ASKED,\"max_tokens\":5} | max_tokens | max_tokens is not supported",
                "{ASKED,\"response_format\":{\"type\":\"text\"}} | response_format | response_format is not supported",
                "{ASKED,\"n\":2} | n | n is not supported",
                "{ASKED,\"max_output_tokens\":0} | max_output_tokens | max_output_tokens must be at least 1, was 0",
                "{ASKED,\"include\":[\"file_search_call.results\"]} | include | include: file_search_call.results is not supported",
                "{ASKED,\"top_logprobs\":2} | top_logprobs | top_logprobs is only for include: [\"message.output_text.logprobs\"]",
                "{ASKED,\"metadata\":{\"a\":1}} | metadata | metadata must have at most 16 texts, each of at most 512 characters",
                "{ASKED,\"tools\":[{\"type\":\"web_search\"}]} | tools[0].type | tools[0].type: web_search is not supported",
                "{ASKED,\"tools\":[{\"type\":\"function\"}]} | tools[0].name | tools[0].name must have 1 to 64 letters, digits, underscores and hyphens",
                "{ASKED,\"tool_choice\":\"required\"} | tool_choice | tool_choice required needs tools",
                "{ASKED,\"tool_choice\":{\"type\":\"file_search\"}} | tool_choice.type | tool_choice.type: file_search is not supported",
                "{ASKED,\"tool_choice\":{\"type\":\"function\",\"name\":\"a\"}} | tool_choice.name | tool_choice.name must be one of tools",
                "{ASKED,\"text\":{\"format\":{\"type\":\"xml\"}}} | text.format.type | text.format.type must be text, json_object or json_schema",
                "{ASKED,\"text\":{\"format\":{\"type\":\"json_schema\"}}} | text.format.schema | text.format.schema is required",
                "{ASKED,\"text\":{\"format\":{\"type\":\"json_schema\",\"schema\":{\"type\":\"widget\"}}}} | text.format.schema | RULE",
                "{ASKED,\"temperature\":3} | temperature | RULE",
                "{ASKED,\"kv_cache\":{\"budget\":\"none\"}} | kv_cache.budget | RULE"
            })
    void post_wrongField_isNamedWithItsRule(String json, String param, String message) throws IOException {
        var response = server.post("/v1/responses", json.replace("ASKED", ASKED));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").textValue()).isEqualTo(param);
        if (!message.equals("RULE")) {
            assertThat(error.get("message").textValue()).isEqualTo(message);
        }
    }

    private void restart(ScriptedModel model) {
        server.close();
        server = TestServer.start(model);
    }

    /** A server whose model was told of tools and answers with a text. */
    private void callTools(String text) throws IOException {
        chat(
                "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.role }}: {{ m.content }}"
                        + "{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}"
                        + "{% for c in m.tool_calls %}<tool_call>\n{{ c.function | tojson }}\n</tool_call>{% endfor %}\n"
                        + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                text);
    }

    private void chat(String template, String text) throws IOException {
        server.close();
        server = TestServer.chatting(directory, template, text);
    }
}
