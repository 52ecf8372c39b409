package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code POST /v1/chat/completions}: a message, whole and as a stream. */
final class ChatTest extends ChatFixture {
    @Test
    void post_json_hasMessageAndUsage() throws IOException {
        JsonNode body =
                body("{" + ASKED + ",\"model\":\"org/scripted\",\"temperature\":0,\"stop\":null,\"store\":false}");

        assertThat(body.get("id").textValue()).startsWith("chatcmpl-");
        assertThat(body.get("object").textValue()).isEqualTo("chat.completion");
        assertThat(body.get("choices")).hasSize(1);
        JsonNode choice = body.get("choices").get(0);
        assertThat(choice.get("index").intValue()).isZero();
        assertThat(choice.get("message").toString())
                .isEqualTo("{\"role\":\"assistant\",\"content\":\"" + TEXT + "\",\"refusal\":null}");
        assertThat(choice.get("logprobs").isNull()).isTrue();
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
        assertThat(body.get("usage").get("prompt_tokens").intValue()).isEqualTo(PROMPT);
        assertThat(body.get("usage")
                        .get("prompt_tokens_details")
                        .get("cached_tokens")
                        .isInt())
                .isTrue();
        assertThat(body.get("usage").get("kv_cache").get("seen_tokens").intValue())
                .isGreaterThan(PROMPT);
    }

    @Test
    void post_stream_hasRoleThenTextThenReason() throws IOException {
        List<JsonNode> events =
                TestServer.events(server.chat("{" + ASKED + ",\"stream\":true}").body());

        assertThat(events).allSatisfy(event -> {
            assertThat(event.get("object").textValue()).isEqualTo("chat.completion.chunk");
            assertThat(event.get("id")).isEqualTo(events.get(0).get("id"));
            assertThat(event.get("created")).isEqualTo(events.get(0).get("created"));
            assertThat(event.has("usage")).isFalse();
            assertThat(event.has("error")).isFalse();
            assertThat(event.get("choices").get(0).has("finish_reason")).isTrue();
        });
        assertThat(delta(events.get(0)).toString()).isEqualTo("{\"role\":\"assistant\",\"content\":\"\"}");
        assertThat(delta(events.get(events.size() - 1)).toString()).isEqualTo("{}");
        assertThat(reasons(events)).containsExactly("stop");
        assertThat(content(events)).isEqualTo(TEXT);
    }

    @Test
    void post_streamWithUsage_tellsItInALastEventWithoutChoices() throws IOException {
        List<JsonNode> events = TestServer.events(server.chat(
                        "{" + ASKED + ",\"max_tokens\":3,\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                .body());

        JsonNode last = events.remove(events.size() - 1);
        assertThat(last.get("choices")).isEmpty();
        assertThat(last.get("usage").get("completion_tokens").intValue()).isEqualTo(3);
        assertThat(events)
                .allSatisfy(event -> assertThat(event.get("usage").isNull()).isTrue());
        assertThat(reasons(events)).containsExactly("length");
    }

    @Test
    void post_contentInParts_isTheSameAsText() throws IOException {
        String parts = "[{\"type\":\"text\",\"text\":\"H\"},{\"type\":\"text\",\"text\":\"i\"}]";
        JsonNode body =
                body("{" + ASKED.replace("\"Hi\"", parts).replace("system", "developer") + ",\"max_tokens\":1}");
        assertThat(body.get("usage").get("prompt_tokens").isInt()).isTrue();
        assertThat(body("{" + ASKED.replace("\"Hi\"", parts) + "}")
                        .get("usage")
                        .get("prompt_tokens")
                        .intValue())
                .isEqualTo(PROMPT);
    }

    @Test
    void post_plainTemplate_endsBeforeTheNextTurn() throws IOException {
        restart(ScriptedModel.continuing(PROMPT, " Hello.\nUser: And then?"));
        JsonNode choice = body("{" + ASKED + "}").get("choices").get(0);
        assertThat(choice.get("message").get("content").textValue()).isEqualTo(" Hello.");
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
    }

    @Test
    void post_logprobs_areOfEachToken() throws IOException {
        JsonNode content = body("{" + ASKED + ",\"max_tokens\":4,\"logprobs\":true,\"top_logprobs\":2}")
                .get("choices")
                .get(0)
                .get("logprobs")
                .get("content");

        assertThat(content).hasSize(4);
        assertThat(content).allSatisfy(token -> {
            assertThat(token.get("logprob").doubleValue()).isBetween(-1e-6, 0.0);
            assertThat(token.get("bytes").isArray()).isTrue();
            assertThat(token.get("top_logprobs")).hasSize(2);
            assertThat(token.get("top_logprobs").get(0).get("token")).isEqualTo(token.get("token"));
            assertThat(token.at("/top_logprobs/1").toString())
                    .startsWith("{\"token\":\"<|endoftext|>\",")
                    .endsWith("\"bytes\":null}");
        });
        List<JsonNode> events =
                TestServer.events(server.chat("{" + ASKED + ",\"max_tokens\":4,\"logprobs\":true,\"stream\":true}")
                        .body());
        List<JsonNode> streamed = new ArrayList<>();
        for (JsonNode event : events) {
            JsonNode logprobs = event.get("choices").get(0).get("logprobs");
            if (!logprobs.isNull()) {
                logprobs.get("content").forEach(token -> streamed.add(token.get("token")));
            }
        }
        assertThat(streamed).hasSize(4);
    }

    @Test
    void post_jsonSchema_makesTheAnswerValid() throws IOException {
        String format =
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"strict\":true,"
                        + "\"schema\":{\"type\":\"object\",\"properties\":{\"answer\":{\"enum\":[\"yes\"]}},"
                        + "\"required\":[\"answer\"],\"additionalProperties\":false}}}";
        String content = body("{" + ASKED + format + ",\"max_tokens\":60,\"temperature\":0}")
                .get("choices")
                .get(0)
                .get("message")
                .get("content")
                .textValue();
        assertThat(JSON.readTree(content)).isEqualTo(JSON.readTree("{\"answer\":\"yes\"}"));
    }
}
