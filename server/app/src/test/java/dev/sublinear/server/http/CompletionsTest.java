package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code POST /v1/completions}: text, whole and as a stream. */
final class CompletionsTest {
    private static final String TEXT = "Naïve café — 猫 \uD83D\uDC08, and so on.";
    private static final String PROMPT = "[5, 6, 7]";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TestServer server = TestServer.start(ScriptedModel.continuing(3, TEXT));

    private ScriptedModel restart(ScriptedModel model) {
        server.close();
        server = TestServer.start(model);
        return model;
    }

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    @Test
    void post_json_returnsTextAndUsage() throws IOException {
        HttpResponse<String> response = server.complete("{\"model\":\"org/scripted\",\"prompt\":" + PROMPT
                + ",\"max_tokens\":200,\"temperature\":0,\"seed\":null,\"user\":\"someone\"}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("x-request-id"))
                .get()
                .asString()
                .startsWith("req_");
        JsonNode body = JSON.readTree(response.body());
        assertThat(body.get("id").textValue()).startsWith("cmpl-");
        assertThat(body.get("object").textValue()).isEqualTo("text_completion");
        assertThat(body.get("created").isIntegralNumber()).isTrue();
        assertThat(body.get("model").textValue()).isEqualTo("org/scripted");
        assertThat(body.get("choices")).hasSize(1);
        JsonNode choice = body.get("choices").get(0);
        assertThat(choice.get("index").intValue()).isZero();
        assertThat(choice.get("text").textValue()).isEqualTo(TEXT);
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
        assertThat(choice.has("logprobs")).isTrue();
        int generated = ScriptedModel.TOKENIZER.encode(TEXT).length + 1;
        JsonNode usage = body.get("usage");
        assertThat(usage.get("prompt_tokens").intValue()).isEqualTo(3);
        assertThat(usage.get("completion_tokens").intValue()).isEqualTo(generated);
        assertThat(usage.get("total_tokens").intValue()).isEqualTo(3 + generated);
        assertThat(usage.get("kv_cache").get("seen_tokens").intValue()).isEqualTo(3 + generated - 1);
        assertThat(usage.get("kv_cache").get("evicted_tokens").intValue()).isZero();
        assertThat(usage.get("kv_cache").get("bytes").longValue()).isPositive();
    }

    @Test
    void post_promptLookup_saysTheSameAndCountsWhatItReadAhead() throws IOException {
        restart(ScriptedModel.repeating("one two three four "));
        String request = "{\"prompt\":" + PROMPT + ",\"max_tokens\":100,\"temperature\":0,\"prompt_lookup\":";

        JsonNode without = JSON.readTree(server.complete(request + "0}").body());
        JsonNode with = JSON.readTree(server.complete(request + "15}").body());

        assertThat(with.at("/choices/0/text")).isEqualTo(without.at("/choices/0/text"));
        assertThat(with.at("/usage/kv_cache")).isEqualTo(without.at("/usage/kv_cache"));
        assertThat(with.at("/usage/completion_tokens").intValue()).isEqualTo(100);
        String details = "/usage/completion_tokens_details/";
        assertThat(without.at(details + "accepted_prediction_tokens").intValue())
                .isZero();
        assertThat(without.at(details + "rejected_prediction_tokens").intValue())
                .isZero();
        int accepted = with.at(details + "accepted_prediction_tokens").intValue();
        assertThat(accepted).isGreaterThan(60);
        await().untilAsserted(() -> assertThat(server.get("/metrics").body())
                .containsPattern("sublinear_drafted_accepted_tokens_total\\S* " + accepted + "\\.0\n"));
    }

    @Test
    void post_biasAndPenalty_chooseTheTokens() throws IOException {
        restart(ScriptedModel.repeating("x"));
        String biased = "{\"prompt\":" + PROMPT + ",\"max_tokens\":4,\"temperature\":0,\"logit_bias\":{"
                + bias("x", -100) + "," + bias("a", 3) + "," + bias("b", 2.5) + "}";
        assertThat(completion(biased + "}")).isEqualTo("aaaa");
        assertThat(completion(biased + ",\"frequency_penalty\":1}")).isEqualTo("abab");
        assertThat(completion(biased + ",\"presence_penalty\":1}")).isEqualTo("abaa");
        String repeated = "{\"prompt\":" + PROMPT + ",\"max_tokens\":4,\"temperature\":0,\"logit_bias\":{"
                + bias("x", -95) + "," + bias("a", 3) + "},\"repetition_penalty\":2}";
        assertThat(completion(repeated)).isEqualTo("xaxx");
    }

    private static String bias(String token, double bias) {
        return "\"" + ScriptedModel.TOKENIZER.encode(token)[0] + "\":" + bias;
    }

    private String completion(String body) throws IOException {
        return JSON.readTree(server.complete(body).body())
                .get("choices")
                .get(0)
                .get("text")
                .textValue();
    }

    @Test
    void post_stream_isTheSameTextInWholeCharacters() throws IOException {
        HttpResponse<String> response =
                server.complete("{\"prompt\":" + PROMPT + ",\"max_tokens\":200,\"temperature\":0,\"stream\":true}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
                .get()
                .asString()
                .startsWith("text/event-stream");
        assertThat(response.headers().firstValue("cache-control")).contains("no-cache");
        List<JsonNode> events = TestServer.events(response.body());
        assertThat(text(events)).isEqualTo(TEXT);
        assertThat(events).allSatisfy(event -> {
            assertThat(event.get("object").textValue()).isEqualTo("text_completion");
            assertThat(event.get("id")).isEqualTo(events.get(0).get("id"));
            assertThat(event.get("created")).isEqualTo(events.get(0).get("created"));
            assertThat(event.has("usage")).isFalse();
            assertThat(event.has("error")).isFalse();
            assertThat(event.get("choices").get(0).has("finish_reason")).isTrue();
        });
        assertThat(events.stream()
                        .map(event -> event.get("choices").get(0).get("finish_reason"))
                        .filter(reason -> !reason.isNull())
                        .map(JsonNode::textValue))
                .containsExactly("stop");
    }

    @Test
    void post_streamWithUsage_tellsItInALastEventWithoutChoices() throws IOException {
        HttpResponse<String> response = server.complete("{\"prompt\":" + PROMPT
                + ",\"max_tokens\":4,\"stream\":true,\"stream_options\":{\"include_usage\":true}}");

        List<JsonNode> events = TestServer.events(response.body());
        JsonNode last = events.remove(events.size() - 1);
        assertThat(last.get("choices")).isEmpty();
        assertThat(last.get("usage").get("completion_tokens").intValue()).isEqualTo(4);
        assertThat(events)
                .allSatisfy(event -> assertThat(event.get("usage").isNull())
                        .as("null, but there")
                        .isTrue());
        assertThat(events.get(events.size() - 1)
                        .get("choices")
                        .get(0)
                        .get("finish_reason")
                        .textValue())
                .isEqualTo("length");
    }

    @Test
    void post_noMaxTokens_generatesSixteen() throws IOException {
        JsonNode body =
                JSON.readTree(server.complete("{\"prompt\":" + PROMPT + "}").body());
        assertThat(body.get("usage").get("completion_tokens").intValue()).isEqualTo(16);
    }

    @Test
    void post_promptInItsSeveralForms_isReadTheSame() throws IOException {
        int[] ids = ScriptedModel.TOKENIZER.encode("Once upon");
        String list = IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
        restart(ScriptedModel.continuing(ids.length, TEXT));
        for (String prompt : List.of("\"Once upon\"", "[\"Once upon\"]", "[" + list + "]", "[[" + list + "]]")) {
            JsonNode body = JSON.readTree(server.complete("{\"prompt\":" + prompt + ",\"max_tokens\":200}")
                    .body());
            assertThat(body.get("choices").get(0).get("text").textValue())
                    .as(prompt)
                    .isEqualTo(TEXT);
        }
    }

    @Test
    void post_severalPrompts_areAnsweredEach() throws IOException {
        JsonNode body = JSON.readTree(server.complete("{\"prompt\":[[5,6,7],[8,9,10]],\"max_tokens\":200}")
                .body());
        assertThat(body.get("choices")).hasSize(2);
        for (int index = 0; index < 2; index++) {
            assertThat(body.get("choices").get(index).get("index").intValue()).isEqualTo(index);
            assertThat(body.get("choices").get(index).get("text").textValue()).isEqualTo(TEXT);
        }
        assertThat(body.get("usage").get("prompt_tokens").intValue()).isEqualTo(6);

        List<JsonNode> events =
                TestServer.events(server.complete("{\"prompt\":[[5,6,7],[8,9,10]],\"max_tokens\":200,\"stream\":true}")
                        .body());
        for (int index = 0; index < 2; index++) {
            int asked = index;
            assertThat(text(events.stream()
                            .filter(event ->
                                    event.get("choices").get(0).get("index").intValue() == asked)
                            .toList()))
                    .isEqualTo(TEXT);
        }
    }

    @Test
    void post_echo_beginsWithThePrompt() throws IOException {
        int[] ids = ScriptedModel.TOKENIZER.encode("Once upon");
        restart(ScriptedModel.continuing(ids.length, TEXT));
        String asked = "{\"prompt\":\"Once upon\",\"echo\":true,\"max_tokens\":200";
        assertThat(completion(asked + "}")).isEqualTo("Once upon" + TEXT);
        assertThat(text(TestServer.events(
                        server.complete(asked + ",\"stream\":true}").body())))
                .isEqualTo("Once upon" + TEXT);
    }

    @Test
    void post_logprobs_haveTokensAndOffsets() throws IOException {
        JsonNode logprobs = JSON.readTree(
                        server.complete("{\"prompt\":" + PROMPT + ",\"logprobs\":2,\"max_tokens\":3,\"temperature\":0}")
                                .body())
                .get("choices")
                .get(0)
                .get("logprobs");
        assertThat(logprobs.get("tokens")).hasSize(3);
        assertThat(logprobs.get("token_logprobs"))
                .allSatisfy(value -> assertThat(value.doubleValue()).isBetween(-1e-6, 0.0));
        assertThat(logprobs.get("top_logprobs"))
                .allSatisfy(top -> assertThat(top).hasSize(2));
        assertThat(logprobs.get("text_offset").get(0).intValue()).isZero();
        assertThat(logprobs.get("text_offset").get(1).intValue())
                .isEqualTo(logprobs.get("tokens").get(0).textValue().length());
    }

    @Test
    void post_logprobsOfControlTokens_haveTheirNames() throws IOException {
        String asked = "{\"prompt\":[1,2,0],\"echo\":true,\"logprobs\":5,\"max_tokens\":1,\"temperature\":0}";
        JsonNode logprobs = JSON.readTree(server.complete(asked).body()).at("/choices/0/logprobs");

        assertThat(logprobs.at("/tokens/0").textValue()).isEqualTo("<|user|>");
        assertThat(logprobs.at("/tokens/1").textValue()).isEqualTo("<|assistant|>");
        assertThat(logprobs.at("/top_logprobs/3").has("<|endoftext|>")).isTrue(); // equally likely, so the first ids
        assertThat(logprobs.at("/top_logprobs/3").has("<|user|>")).isTrue();
        assertThat(logprobs.at("/top_logprobs/3")).hasSize(5);
    }

    @Test
    void post_logprobsOfManyBytes_haveOffsetsInCharacters() throws IOException {
        String prompt = "A \uD83D\uDE00 \u00e9 \u6f22 end";
        int[] promptIds = ScriptedModel.TOKENIZER.encodePrompt(prompt);
        int[] ids = ScriptedModel.TOKENIZER.encode(TEXT);
        restart(ScriptedModel.continuing(promptIds.length, TEXT));
        String asked = "{\"prompt\":\"" + prompt + "\",\"echo\":true,\"logprobs\":1,\"max_tokens\":200";

        JsonNode whole = JSON.readTree(server.complete(asked + "}").body()).at("/choices/0");
        List<JsonNode> events =
                TestServer.events(server.complete(asked + ",\"stream\":true}").body());

        List<Integer> expected = new ArrayList<>();
        for (int i = 0; i < promptIds.length; i++) {
            expected.add(wholeCharacters(promptIds, i));
        }
        for (int i = 0; i <= ids.length; i++) {
            expected.add(prompt.codePointCount(0, prompt.length()) + wholeCharacters(ids, i));
        }
        assertThat(expected.stream().distinct().count())
                .as("some characters are of several tokens")
                .isLessThan(expected.size());
        assertThat(whole.get("text").textValue()).isEqualTo(prompt + TEXT);
        assertThat(offsets(List.of(whole))).isEqualTo(expected);
        assertThat(offsets(events.stream().map(event -> event.at("/choices/0")).toList()))
                .isEqualTo(expected);
    }

    /** How many characters the first tokens complete. */
    private static int wholeCharacters(int[] ids, int count) {
        String text = ScriptedModel.TOKENIZER.decode(Arrays.copyOf(ids, count)).replace("\ufffd", "");
        return text.codePointCount(0, text.length());
    }

    private static List<Integer> offsets(List<JsonNode> choices) {
        List<Integer> offsets = new ArrayList<>();
        choices.forEach(choice -> choice.at("/logprobs/text_offset").forEach(at -> offsets.add(at.intValue())));
        return offsets;
    }

    @Test
    void post_stop_endsBeforeIt() throws IOException {
        for (String stop : List.of("\"and so\"", "[\"zzz\", \"and so\"]")) {
            JsonNode choice = JSON.readTree(
                            server.complete("{\"prompt\":" + PROMPT + ",\"max_tokens\":200,\"stop\":" + stop + "}")
                                    .body())
                    .get("choices")
                    .get(0);
            assertThat(choice.get("text").textValue()).isEqualTo(TEXT.substring(0, TEXT.indexOf("and so")));
            assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
        }
    }

    @Test
    void post_anotherBudget_prunesThisRequestAlone() throws IOException {
        restart(ScriptedModel.repeating("x "));
        String prompt = IntStream.range(0, 500).mapToObj(i -> "9").collect(Collectors.joining(",", "[", "]"));

        JsonNode pruned =
                usage("{\"prompt\":" + prompt + ",\"kv_cache\":{\"budget\":\"fixed:64\",\"scorer\":\"recency\"}}");
        JsonNode whole = usage("{\"prompt\":" + prompt + "}");

        assertThat(pruned.get("seen_tokens").intValue()).isEqualTo(515);
        assertThat(pruned.get("retained_tokens").intValue()).isBetween(64, 72);
        assertThat(pruned.get("evicted_tokens").intValue())
                .isEqualTo(515 - pruned.get("retained_tokens").intValue());
        assertThat(whole.get("retained_tokens").intValue()).isEqualTo(515);
        assertThat(whole.get("bytes").longValue())
                .isGreaterThan(pruned.get("bytes").longValue());
    }

    @Test
    void get_metrics_tellWhatHappened() {
        server.complete("{\"prompt\":" + PROMPT + ",\"max_tokens\":5}");
        server.complete("{\"prompt\":" + PROMPT + ",\"max_tokens\":0}");

        await().untilAsserted(() -> assertThat(server.get("/metrics").body())
                .contains("sublinear_requests_total{endpoint=\"completions\",outcome=\"length\"} 1.0")
                .contains("sublinear_requests_total{endpoint=\"completions\",outcome=\"invalid\"} 1.0")
                .contains("sublinear_requests_total{endpoint=\"completions\",outcome=\"cancelled\"} 0.0")
                .contains("sublinear_prompt_tokens_total 3.0")
                .contains("sublinear_generation_tokens_total 5.0")
                .contains("sublinear_time_to_first_token_seconds_count 1")
                .contains("sublinear_inter_token_latency_seconds_count 4")
                .contains("sublinear_kvcache_capacity_bytes 1.0E8")
                .contains("sublinear_kvcache_retained_tokens_count{context=\"64\"}")
                .contains(
                        "sublinear_kvcache_policy{budget=\"unlimited\",model=\"org/scripted\",scorer=\"recency\"} 1"));
    }

    private JsonNode usage(String json) throws IOException {
        return JSON.readTree(server.complete(json).body()).get("usage").get("kv_cache");
    }

    private static String text(List<JsonNode> events) {
        return events.stream()
                .map(event -> event.get("choices").get(0).get("text").textValue())
                .collect(Collectors.joining());
    }
}
