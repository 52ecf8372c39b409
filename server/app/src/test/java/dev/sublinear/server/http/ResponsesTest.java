package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code POST /v1/responses}: a message, whole and as a stream, and how it fails. */
final class ResponsesTest extends ResponsesFixture {
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
}
