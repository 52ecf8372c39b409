package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.kvcache.scorer.Scorers;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows H10 to H12 and G1 to G5 of the threats: what is wrong with a body is said by field, rule and value. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadRequestTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TestServer server;

    @BeforeAll
    void start() {
        server = TestServer.start(ScriptedModel.repeating("x "));
    }

    @AfterAll
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{} | prompt | prompt is required",
                "{\"prompt\":null} | prompt | prompt is required",
                "{\"prompt\":5} | prompt | prompt must be a string, was 5",
                "{\"prompt\":true} | prompt | prompt must be a string, was a boolean",
                "{\"prompt\":{}} | prompt | prompt must be a string, was an object",
                "{\"prompt\":\"\"} | prompt | the prompt must have at least 1 token",
                "{\"prompt\":[]} | prompt | the prompt must have at least 1 token",
                "{\"prompt\":[1.5]} | prompt | prompt must be a whole number, was 1.5",
                "{\"prompt\":[1,\"a\"]} | prompt | prompt must be a whole number, was a string",
                "{\"prompt\":[-1]} | prompt | token ids must be from 0 to LAST, was -1",
                "{\"prompt\":[99999999]} | prompt | token ids must be from 0 to LAST, was 99999999",
                "{\"prompt\":[2147483648]} | prompt | prompt must be a whole number of 32 bits, was 2147483648",
                "{\"prompt\":[1099511627776]} | prompt | prompt must be a whole number of 32 bits, was 1099511627776",
                "{\"prompt\":[1],\"max_tokens\":0} | max_tokens | max_tokens must be at least 1, was 0",
                "{\"prompt\":[1],\"max_tokens\":-1} | max_tokens | max_tokens must be at least 1, was -1",
                "{\"prompt\":[1],\"max_tokens\":1.0} | max_tokens | max_tokens must be a whole number, was 1.0",
                "{\"prompt\":[1],\"max_tokens\":\"5\"} | max_tokens | max_tokens must be a whole number, was a string",
                "{\"prompt\":[1],\"temperature\":-0.1} | temperature | temperature must be from 0 to 2, was -0.1",
                "{\"prompt\":[1],\"temperature\":1e38} | temperature | temperature must be from 0 to 2, was 1.0E38",
                "{\"prompt\":[1],\"temperature\":1e400} | temperature | temperature must be a finite number, was Infinity",
                "{\"prompt\":[1],\"temperature\":\"1\"} | temperature | temperature must be a finite number, was a string",
                "{\"prompt\":[1],\"top_p\":0} | top_p | top_p must be above 0 and at most 1, was 0.0",
                "{\"prompt\":[1],\"top_p\":1.1} | top_p | top_p must be above 0 and at most 1, was 1.1",
                "{\"prompt\":[1],\"top_k\":-1} | top_k | top_k must be 0 for all tokens, or positive, was -1",
                "{\"prompt\":[1],\"min_p\":2} | min_p | min_p must be from 0 to 1, was 2.0",
                "{\"prompt\":[1],\"presence_penalty\":2.5} | presence_penalty | presence_penalty must be from -2 to 2, was 2.5",
                "{\"prompt\":[1],\"frequency_penalty\":-3} | frequency_penalty | frequency_penalty must be from -2 to 2, was -3.0",
                "{\"prompt\":[1],\"repetition_penalty\":0} | repetition_penalty | repetition_penalty must be above 0 and at most 100, was 0.0",
                "{\"prompt\":[1],\"logit_bias\":[]} | logit_bias | logit_bias must be an object, was an array",
                "{\"prompt\":[1],\"logit_bias\":{\"a\":1}} | logit_bias | logit_bias must have token ids as names",
                "{\"prompt\":[1],\"logit_bias\":{\"-1\":1}} | logit_bias | logit_bias must be of ids that are not negative, was -1",
                "{\"prompt\":[1],\"logit_bias\":{\"5\":\"x\"}} | logit_bias.5 | logit_bias.5 must be a finite number, was a string",
                "{\"prompt\":[1],\"logit_bias\":{\"5\":101}} | logit_bias.5 | logit_bias.5 must be from -100 to 100, was 101.0",
                "{\"prompt\":[1],\"logit_bias\":{\"99999999\":1}} | logit_bias | logit_bias must have ids from 0 to LAST, was 99999999",
                "{\"prompt\":[1],\"seed\":0.5} | seed | seed must be a whole number of 64 bits, was 0.5",
                "{\"prompt\":[1],\"seed\":9223372036854775808} | seed | seed must be a whole number of 64 bits, was 9223372036854775808",
                "{\"prompt\":[1],\"stream\":1} | stream | stream must be true or false, was 1",
                "{\"prompt\":[1],\"stream_options\":{}} | stream_options | stream_options is only for stream: true",
                "{\"prompt\":[1],\"stream\":true,\"stream_options\":[]} | stream_options | stream_options must be an object, was an array",
                "{\"prompt\":[1],\"stop\":5} | stop | stop must be a string or an array of strings, was 5",
                "{\"prompt\":[1],\"stop\":[5]} | stop | stop must be a string, was 5",
                "{\"prompt\":[1],\"stop\":\"\"} | stop | each text of stop must have 1 to 64 bytes, was 0",
                "{\"prompt\":[1],\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]} | stop | stop must have at most 4 texts, was 5",
                "{\"prompt\":[1],\"n\":5} | n | n must be from 1 to 4, was 5",
                "{\"prompt\":[1],\"n\":0} | n | n must be from 1 to 4, was 0",
                "{\"prompt\":[1],\"n\":-1} | n | n must be from 1 to 4, was -1",
                "{\"prompt\":[1],\"n\":2147483647} | n | n must be from 1 to 4, was 2147483647",
                "{\"prompt\":[1],\"n\":9223372036854775808} | n | n must be a whole number of 32 bits, was 9223372036854775808",
                "{\"prompt\":[1],\"logprobs\":6} | logprobs | logprobs must be from 0 to 5, was 6",
                "{\"prompt\":[1],\"logprobs\":true} | logprobs | logprobs must be a whole number, was a boolean",
                "{\"prompt\":[1],\"min_tokens\":17} | min_tokens | min_tokens must be at most max_tokens, 16, was 17",
                "{\"prompt\":[1],\"stop_token_ids\":5} | stop_token_ids | stop_token_ids must be an array, was 5",
                "{\"prompt\":[[1],\"a\",[]]} | prompt | the prompt must have at least 1 token",
                "{\"prompt\":[\"a\",5]} | prompt | prompt must be a string, was 5",
                "{\"prompt\":[1],\"model\":5} | model | model must be a string, was 5",
                "{\"prompt\":[1],\"prompt_lookup\":16} | prompt_lookup | prompt_lookup must be from 0 to 15, was 16",
                "{\"prompt\":[1],\"prompt_lookup\":-1} | prompt_lookup | prompt_lookup must be from 0 to 15, was -1",
                "{\"prompt\":[1],\"kv_cache\":5} | kv_cache | kv_cache must be an object, was 5",
                "{\"prompt\":[1],\"kv_cache\":{\"budget\":5}} | kv_cache.budget | kv_cache.budget must be a string, was 5",
                "{\"prompt\":[1],\"kv_cache\":{\"budget\":\"fixed:0\"}} | kv_cache.budget | budget.tokens must be at least 1, was 0",
                "{\"prompt\":[1],\"kv_cache\":{\"budget\":\"fixed:9\"}} | kv_cache.budget | sinks 4 + recent 8 + pinned 0 must be below 9, the smallest budget of fixed:9",
                "{\"prompt\":[1],\"kv_cache\":{\"scorer\":\"x\"}} | kv_cache.scorer | 'scorer must be one of SCORERS, was \"x\"'",
            })
    void post_wrongField_isNamedWithRuleAndValue(String json, String param, String message) throws IOException {
        JsonNode error = refused(server.complete(json), 400);

        int last = ScriptedModel.TOKENIZER.vocabSize() - 1;
        assertThat(error.get("message").textValue())
                .isEqualTo(message.replace("LAST", Integer.toString(last)).replace("SCORERS", Scorers.names()));
        assertThat(error.get("param").textValue()).isEqualTo(param);
        assertThat(error.get("code").textValue()).isEqualTo("invalid_value");
        assertThat(error.get("type").textValue()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "best_of | 2",
                "suffix | \"end\"",
                "response_format | {\"type\":\"json_object\"}",
            })
    void post_whatIsNotSupported_isRefusedRatherThanIgnored(String field, String value) throws IOException {
        String prompt = field.equals("prompt") ? "" : "\"prompt\":\"a\",";

        JsonNode error = refused(server.complete("{" + prompt + "\"" + field + "\":" + value + "}"), 400);

        assertThat(error.get("code").textValue()).isEqualTo("unsupported_parameter");
        assertThat(error.get("param").textValue()).isEqualTo(field);
    }

    @Test
    void post_neutralValuesOfWhatIsNotSupported_areFine() {
        assertThat(server.complete("{\"prompt\":\"a\",\"echo\":false,\"n\":1,\"best_of\":1,\"logprobs\":null,"
                                + "\"suffix\":\"\",\"presence_penalty\":0,\"frequency_penalty\":0.0,"
                                + "\"logit_bias\":{},\"unknown\":[1]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "5",
                "null",
                "{",
                "{\"prompt\":\"a\"",
                "{\"prompt\":\"a\"} x",
                "{\"prompt\":\"a\"}{}",
                "{\"prompt\":\"a\",\"prompt\":\"b\"}",
                "{\"prompt\":\"a\",}",
                "{'prompt':'a'}",
                "{\"prompt\":\"a\",\"top_p\":NaN}",
                "{\"prompt\":\"a\",\"top_p\":Infinity}",
                "{\"prompt\":\"a\" /* no */}",
                "\uFEFF{\"prompt\":\"a\"}",
                "{\"prompt\":\"a\\u00zz\"}",
                "{\"prompt\":\"a\nb\"}",
            })
    void post_bodyThatIsNoJsonObject_isRefused(String body) throws IOException {
        JsonNode error = refused(server.complete(body), 400);

        assertThat(error.get("code").textValue()).isEqualTo("json_parse_error");
        assertThat(error.get("param").isNull()).isTrue();
        assertThat(error.get("message").textValue()).doesNotContain("com.fasterxml");
    }

    @Test
    void post_tooDeepOrTooLong_isRefused() throws IOException {
        for (String body : new String[] {
            "{\"x\":" + "[".repeat(128) + "]".repeat(128) + "}",
            "[".repeat(9_000),
            "{\"top_p\":" + "1".repeat(101) + "}",
            "{\"" + "k".repeat(1_001) + "\":1}",
        }) {
            assertThat(refused(server.complete(body), 400).get("code").textValue())
                    .as(body.substring(0, 10))
                    .isEqualTo("json_parse_error");
        }
    }

    @Test
    void post_bytesThatAreNoCharacters_areRefused() throws IOException {
        byte[][] bodies = {
            {'{', '"', 'p', (byte) 0xff, '"', ':', '1', '}'},
            {(byte) 0xc0, (byte) 0xaf}, // overlong
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, // a surrogate
            "{\"prompt\":\"x\"}".getBytes(StandardCharsets.UTF_16),
            "{\"prompt\":\"\\ud800\"}".getBytes(StandardCharsets.UTF_8),
            "{\"prompt\":\"a\",\"stop\":\"\\udc00\"}".getBytes(StandardCharsets.UTF_8),
        };
        for (byte[] body : bodies) {
            assertThat(refused(server.complete(body), 400).get("code").textValue())
                    .isEqualTo("invalid_utf8");
        }
    }

    @Test
    void post_nulCharacter_isText() {
        assertThat(server.complete("{\"prompt\":\"a\\u0000b\"}").statusCode()).isEqualTo(200);
    }

    @Test
    void g1_listsAtTheirLimits_areTakenAndOneMoreIsNot() throws IOException {
        String bias = IntStream.range(0, 301).mapToObj(id -> "\"" + id + "\":1").collect(Collectors.joining(","));
        assertThat(refused(server.complete("{\"prompt\":[1],\"logit_bias\":{" + bias + "}}"), 400)
                        .get("message")
                        .textValue())
                .isEqualTo("logit_bias must have at most 300 ids, was 301");
        assertThat(refused(server.complete("{\"prompt\":[" + "\"a\",".repeat(16) + "\"a\"]}"), 400)
                        .get("message")
                        .textValue())
                .isEqualTo("prompt must have at most 16 prompts, was 17");
        assertThat(server.complete("{\"prompt\":[\"a\",\"b\"],\"max_tokens\":1,\"stop\":[\"1\",\"2\",\"3\",\"4\"],"
                                + "\"logit_bias\":{" + bias.substring(0, bias.lastIndexOf(',')) + "}}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void post_moreThanTheContext_namesBothNumbers() throws IOException {
        JsonNode error = refused(server.complete("{\"prompt\":[1,2],\"max_tokens\":8191}"), 400);

        assertThat(error.get("code").textValue()).isEqualTo("context_length_exceeded");
        assertThat(error.get("message").textValue())
                .isEqualTo(
                        "the model's context is 8192 tokens; the prompt has 2 and max_tokens is 8191, 8193 together");
    }

    @Test
    void post_anotherModel_isNotFound() throws IOException {
        JsonNode error = refused(server.complete("{\"model\":\"" + "m".repeat(500) + "\",\"prompt\":\"a\"}"), 404);

        assertThat(error.get("code").textValue()).isEqualTo("model_not_found");
        assertThat(error.get("message").textValue()).hasSizeLessThan(100);
    }

    @Test
    void post_contentEncoding_isRefusedAndTheConnectionStays() throws IOException {
        HttpResponse<String> response = server.send(HttpRequest.newBuilder(server.uri("/v1/completions"))
                .header("content-encoding", "gzip")
                .POST(BodyPublishers.ofString("x")));

        assertThat(refused(response, 415).get("code").textValue()).isEqualTo("unsupported_encoding");
        assertThat(response.headers().firstValue("connection")).contains("keep-alive");
    }

    private static JsonNode refused(HttpResponse<String> response, int status) throws IOException {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("x-request-id")).isPresent();
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.fieldNames()).toIterable().containsExactly("message", "type", "param", "code");
        assertThat(response.body()).doesNotContain("\n");
        return error;
    }
}
