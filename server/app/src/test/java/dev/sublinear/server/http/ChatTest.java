package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.model.text.Message;
import dev.sublinear.model.text.Message.Role;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ChatTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "Naïve café — 猫, and so on.";
    private static final String ASKED =
            "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Hi\"}]";
    private static final int PROMPT = ScriptedModel.CHAT.encode(
                    List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Hi")), List.of(), true)
            .length;
    private static final String TOOLS =
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":"
                    + "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":[\"Oslo\"]}},\"required\":[\"city\"],"
                    + "\"additionalProperties\":false}}}]";
    private static final String CALL =
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

    private static final String THINKING = "{% for m in messages %}{{ m.content.split('</think>')[-1] }}{% endfor %}";

    @TempDir
    private Path directory;

    private TestServer server = TestServer.start(ScriptedModel.continuing(PROMPT, TEXT));

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    private void restart(ScriptedModel model) {
        server.close();
        server = TestServer.start(model);
    }

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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'string','format':'password'}",
                "{'type':'string','widget':'textarea'}",
                "{'nullable':true,'discriminator':{'propertyName':'t'},'oneOf':[{'type':'object','properties':{'t':"
                        + "{'const':'a'}},'required':['t']},{'type':'object','properties':{'t':{'const':'b'}},"
                        + "'required':['t']}]}",
            })
    void post_annotationsInASchema_areTakenInAnswersAndInTools(String property) throws IOException {
        requireTaken("{\"type\":\"object\",\"properties\":{\"p\":" + property.replace('\'', '"')
                + "},\"required\":[\"p\"],\"additionalProperties\":false}");
    }

    @Test
    void post_tenLevelsOfObjects_areTakenWhateverIsBetweenThem() throws IOException {
        String schema = "{\"type\":\"integer\"}";
        for (int level = 0; level < 10; level++) {
            String item = "{\"anyOf\":[" + schema + ",{\"type\":\"null\"}]}";
            schema = "{\"type\":\"object\",\"properties\":{\"c\":{\"anyOf\":[{\"type\":\"array\",\"items\":" + item
                    + "},{\"type\":\"null\"}]}},\"required\":[\"c\"],\"additionalProperties\":false}";
        }
        requireTaken(schema);
    }

    private void requireTaken(String schema) throws IOException {
        var answer = server.chat("{" + ASKED + ",\"max_tokens\":4,\"response_format\":{\"type\":\"json_schema\","
                + "\"json_schema\":{\"name\":\"a\",\"schema\":" + schema + "}}}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        callTools(CALL);
        var call = server.chat("{" + ASKED + ",\"max_tokens\":4,\"tools\":[{\"type\":\"function\",\"function\":"
                + "{\"name\":\"f\",\"parameters\":" + schema + "}}],\"tool_choice\":\"required\"}");
        assertThat(call.statusCode()).as(call.body()).isEqualTo(200);
    }

    @Test
    void post_toolsWithoutATemplate_areRefused() throws IOException {
        JsonNode error = JSON.readTree(
                        server.chat("{" + ASKED + "," + TOOLS + "}").body())
                .get("error");
        assertThat(error.get("param").textValue()).isEqualTo("tools");
        assertThat(server.chat("{" + ASKED + "," + TOOLS + ",\"tool_choice\":\"none\"}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void post_answerThatIsACall_becomesToolCalls() throws IOException {
        callTools(CALL);
        JsonNode choice = body("{" + ASKED + "," + TOOLS + "}").get("choices").get(0);

        requireCall(choice.get("message").get("tool_calls"));
        assertThat(choice.get("message").get("content").isNull()).isTrue();
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("tool_calls");

        List<JsonNode> events = TestServer.events(
                server.chat("{" + ASKED + "," + TOOLS + ",\"stream\":true}").body());
        assertThat(content(events)).isEmpty();
        assertThat(reasons(events)).containsExactly("tool_calls");
        List<JsonNode> calls = events.stream()
                .map(ChatTest::delta)
                .filter(delta -> delta.has("tool_calls"))
                .map(delta -> delta.get("tool_calls"))
                .toList();
        assertThat(calls).hasSize(1);
        requireCall(calls.get(0));
        assertThat(calls.get(0).get(0).get("index").intValue()).isZero();
    }

    @Test
    void post_answerThatIsNoCall_isText() throws IOException {
        for (String text :
                List.of("It is <to be seen.", "<tool_call>\n{\"name\": \"other\", \"arguments\": {}}", TEXT)) {
            callTools(text);
            assertThat(body("{" + ASKED + "," + TOOLS + "}")
                            .get("choices")
                            .get(0)
                            .get("message")
                            .get("content")
                            .textValue())
                    .isEqualTo(text);
            assertThat(content(TestServer.events(server.chat("{" + ASKED + "," + TOOLS + ",\"stream\":true}")
                            .body())))
                    .isEqualTo(text);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"\"required\"", "{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}"})
    void post_callThatIsRequired_isMadeWhateverTheModelWouldSay(String choice) throws IOException {
        callTools(TEXT);
        JsonNode answer = body("{" + ASKED + "," + TOOLS + ",\"max_tokens\":99,\"temperature\":0,\"tool_choice\":"
                        + choice + "}")
                .get("choices")
                .get(0);
        requireCall(answer.get("message").get("tool_calls"));
        assertThat(answer.get("finish_reason").textValue()).isEqualTo("tool_calls");
    }

    private static void requireCall(JsonNode calls) throws IOException {
        assertThat(calls).hasSize(1);
        JsonNode call = calls.get(0);
        assertThat(call.get("id").textValue()).startsWith("call_");
        assertThat(call.get("type").textValue()).isEqualTo("function");
        assertThat(call.get("function").get("name").textValue()).isEqualTo("weather");
        assertThat(JSON.readTree(call.get("function").get("arguments").textValue()))
                .isEqualTo(JSON.readTree("{\"city\":\"Oslo\"}"));
    }

    /** A server whose model was told of tools and answers with a text. */
    private void callTools(String text) throws IOException {
        chat(
                "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.role }}: {{ m.content }}"
                        + "{% for c in m.tool_calls %}<tool_call>\n{{ c.function | tojson }}\n</tool_call>{% endfor %}\n"
                        + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                text);
    }

    /** A server whose model has this template and answers with a text, whatever the prompt. */
    private void chat(String template, String text) throws IOException {
        server.close();
        server = TestServer.chatting(directory, template, text);
    }

    @Test
    void post_parallelToolCallsFalse_tellsOneCallAndNothingBehindIt() throws IOException {
        callTools("I look.\n" + CALL + "\n" + CALL + " Or not?");
        String one = "{" + ASKED + "," + TOOLS + ",\"parallel_tool_calls\":false";
        JsonNode choice = body(one + "}").get("choices").get(0);

        requireCall(choice.get("message").get("tool_calls"));
        assertThat(choice.get("message").get("content").textValue()).isEqualTo("I look.\n");
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("tool_calls");

        List<JsonNode> events =
                TestServer.events(server.chat(one + ",\"stream\":true}").body());
        assertThat(content(events)).isEqualTo("I look.\n");
        assertThat(reasons(events)).containsExactly("tool_calls");
        assertThat(events.stream().filter(event -> delta(event).has("tool_calls")))
                .hasSize(1);
        JsonNode both = body("{" + ASKED + "," + TOOLS + "}").get("choices").get(0);
        assertThat(both.get("message").get("tool_calls")).hasSize(2);
    }

    /** Either is what the constraint allows, and the model chooses. */
    @Test
    void post_toolsAndJsonSchema_makeACallOrAFittingAnswer() throws IOException {
        String format =
                ",\"temperature\":0,\"max_tokens\":99,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":"
                        + "{\"name\":\"a\",\"schema\":{\"type\":\"object\",\"properties\":{\"answer\":{\"enum\":[\"yes\"]}},"
                        + "\"required\":[\"answer\"],\"additionalProperties\":false}}}";
        callTools(CALL);
        JsonNode called =
                body("{" + ASKED + "," + TOOLS + format + "}").get("choices").get(0);
        requireCall(called.get("message").get("tool_calls"));

        callTools("{\"answer\": \"yes\"}");
        JsonNode answered =
                body("{" + ASKED + "," + TOOLS + format + "}").get("choices").get(0);
        assertThat(answered.get("message").get("content").textValue()).isEqualTo("{\"answer\": \"yes\"}");
        assertThat(answered.get("finish_reason").textValue()).isEqualTo("stop");

        String wrong = format.replace("\"enum\":[\"yes\"]", "\"type\":\"widget\"");
        JsonNode error = JSON.readTree(
                server.chat("{" + ASKED + "," + TOOLS + wrong + "}").body());
        assertThat(error.at("/error/param").textValue()).isEqualTo("response_format.json_schema.schema");
    }

    @Test
    void post_thought_isReasoningContent() throws IOException {
        chat(THINKING, "<think>\nIt is late.\n</think>\n\nLate.");
        JsonNode answer = body("{" + ASKED + "}");

        JsonNode message = answer.at("/choices/0/message");
        assertThat(message.get("content").textValue()).isEqualTo("Late.");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("It is late.");
        int thought =
                answer.at("/usage/completion_tokens_details/reasoning_tokens").intValue();
        assertThat(thought).isEqualTo(ScriptedModel.TOKENIZER.encode("<think>\nIt is late.\n</think>").length);

        List<JsonNode> events = TestServer.events(
                server.chat("{" + ASKED + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}")
                        .body());
        assertThat(events.remove(events.size() - 1).at("/usage/completion_tokens_details/reasoning_tokens"))
                .isEqualTo(answer.at("/usage/completion_tokens_details/reasoning_tokens"));
        assertThat(content(events)).isEqualTo("Late.");
        assertThat(texts(events, "reasoning_content")).isEqualTo("It is late.");
    }

    @Test
    void post_promptThatBeginsAThought_isAnsweredWithinIt() throws IOException {
        chat(THINKING + "{% if add_generation_prompt %}<think>\n{% endif %}", "It is late.\n</think>\n\nLate.");
        JsonNode message = body("{" + ASKED + "}").at("/choices/0/message");

        assertThat(message.get("content").textValue()).isEqualTo("Late.");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("It is late.");
    }

    @Test
    void post_jsonObjectAfterAThought_isTheContent() throws IOException {
        chat(THINKING, "<think>\nA list? No.\n</think>\n\n{\"late\": true}");
        JsonNode message = body("{" + ASKED
                        + ",\"temperature\":0,\"max_tokens\":99,\"response_format\":{\"type\":\"json_object\"}}")
                .at("/choices/0/message");

        assertThat(message.get("content").textValue()).isEqualTo("{\"late\": true}");
        assertThat(message.get("reasoning_content").textValue()).isEqualTo("A list? No.");
    }

    @Test
    void post_stopTextWithinAThought_endsTheAnswer() throws IOException {
        chat(THINKING, "<think>\nIt is late, so late.\n</think>\n\nLate.");
        JsonNode choice = body("{" + ASKED + ",\"stop\":\", so\"}").at("/choices/0");

        assertThat(choice.at("/message/content").textValue()).isEmpty();
        assertThat(choice.at("/message/reasoning_content").textValue()).isEqualTo("It is late");
        assertThat(choice.get("finish_reason").textValue()).isEqualTo("stop");
    }

    @Test
    void post_reasoningOfAMessage_isReadByTheTemplate() throws IOException {
        chat(
                "{% for m in messages %}{{ m.content }}{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}{% endfor %}",
                TEXT);
        String told = "{\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":\"Late.\"%s}]}";

        assertThat(promptTokens(told.formatted(",\"reasoning_content\":\"It is late.\"")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("Late.(It is late.)").length);
        assertThat(promptTokens(told.formatted(""))).isEqualTo(ScriptedModel.TOKENIZER.encode("Late.").length);
    }

    @Test
    void post_variables_areReadByTheTemplate() throws IOException {
        chat("{% if loud %}LOUD {% endif %}{{ messages[0].content }}", TEXT);
        String asked = "{\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}";

        assertThat(promptTokens(asked.formatted(",\"chat_template_kwargs\":{\"loud\":true}")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("LOUD Hi").length);
        assertThat(promptTokens(asked.formatted(",\"chat_template_kwargs\":{\"loud\":false}")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("Hi").length);
    }

    @Test
    void post_endingOfThePrompt_isAsAsked() throws IOException {
        chat(
                "{% for m in messages %}{{ m.role }}: {{ m.content }}!\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                TEXT);
        String asked = "{\"max_tokens\":1,\"messages\":[{\"role\":\"assistant\",\"content\":\"Well\"}]%s}";

        assertThat(promptTokens(asked.formatted("")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well!\nassistant:").length);
        assertThat(promptTokens(asked.formatted(",\"add_generation_prompt\":false")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well!\n").length);
        assertThat(promptTokens(asked.formatted(",\"continue_final_message\":true")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well").length);
        assertThat(promptTokens(asked.formatted(",\"continue_final_message\":true,\"add_generation_prompt\":null")))
                .isEqualTo(ScriptedModel.TOKENIZER.encode("assistant: Well").length);
    }

    private int promptTokens(String json) throws IOException {
        return body(json).at("/usage/prompt_tokens").intValue();
    }

    private static String texts(List<JsonNode> events, String field) {
        return events.stream()
                .map(ChatTest::delta)
                .filter(delta -> delta.has(field))
                .map(delta -> delta.get(field).textValue())
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{} | messages | messages must have 1 to 4096 messages, was 0",
                "{\"messages\":5} | messages | messages must be an array, was 5",
                "{\"messages\":[5]} | messages[0] | messages[0] must be an object, was 5",
                "{\"messages\":[{}]} | messages[0].role | messages[0].role is required",
                "{\"messages\":[{\"role\":\"root\",\"content\":\"a\"}]} | messages[0].role | messages[0].role must be developer, system, user, assistant, tool or function",
                "{\"messages\":[{\"role\":\"user\"}]} | messages[0].content | messages[0].content is required",
                "{\"messages\":[{\"role\":\"user\",\"content\":5}]} | messages[0].content | messages[0].content must be a string, was 5",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://127.0.0.1:9/\"}}]}]} | messages[0].content[0].type | messages[0].content[0].type must be text",
                "{ASKED,\"chat_template\":\"{{1}}\"} | chat_template | chat_template is not supported",
                "{ASKED,\"chat_template_kwargs\":{\"tokenize\":true}} | chat_template_kwargs | chat_template_kwargs must not have tokenize, which this server sets itself",
                "{ASKED,\"chat_template_kwargs\":{\"bos_token\":\"x\"}} | chat_template_kwargs | chat_template_kwargs must not have bos_token, which this server sets itself",
                "{ASKED,\"chat_template_kwargs\":[]} | chat_template_kwargs | chat_template_kwargs must be an object, was an array",
                "{ASKED,\"continue_final_message\":true} | continue_final_message | continue_final_message needs a last message of an assistant, without calls",
                "{ASKED,\"continue_final_message\":true,\"add_generation_prompt\":true} | continue_final_message | continue_final_message must not be true where add_generation_prompt is: an answer either goes on or begins",
                "{ASKED,\"continue_final_message\":1} | continue_final_message | continue_final_message must be true or false, was 1",
                "{ASKED,\"top_logprobs\":21,\"logprobs\":true} | top_logprobs | top_logprobs must be from 0 to 20, was 21",
                "{ASKED,\"top_logprobs\":2} | top_logprobs | top_logprobs is only for logprobs: true",
                "{ASKED,\"max_tokens\":0} | max_tokens | max_tokens must be at least 1, was 0",
                "{ASKED,\"max_completion_tokens\":-1} | max_completion_tokens | max_completion_tokens must be at least 1, was -1",
                "{ASKED,\"response_format\":{\"type\":\"xml\"}} | response_format.type | response_format.type must be text, json_object or json_schema",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\"}} | response_format.json_schema.schema | response_format.json_schema.schema is required",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"widget\"}}}} | response_format.json_schema.schema | RULE",
                "{ASKED,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"string\",\"pattern\":\"(a+)+b(?=x)\"}}}} | response_format.json_schema.schema | RULE",
                "{ASKED,\"tools\":[{\"type\":\"widget\"}]} | tools[0].type | tools[0].type must be function",
                "{ASKED,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]} | tools[0].function.name | tools[0].function.name must have 1 to 64 letters, digits, underscores and hyphens",
                "{ASKED,\"tool_choice\":\"required\"} | tool_choice | tool_choice required needs tools",
                "{ASKED,\"tool_choice\":\"maybe\"} | tool_choice | tool_choice must be none, auto, required or a function",
                "{ASKED,\"functions\":[]} | functions | functions is not supported",
                "{ASKED,\"modalities\":[\"audio\"]} | modalities | modalities is not supported",
            })
    void post_wrongField_isNamedWithItsRule(String json, String param, String message) throws IOException {
        var response = server.chat(json.replace("ASKED", ASKED));

        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        JsonNode error = JSON.readTree(response.body()).get("error");
        assertThat(error.get("param").textValue()).isEqualTo(param);
        if (!message.equals("RULE")) {
            assertThat(error.get("message").textValue()).isEqualTo(message);
        }
    }

    @Test
    void post_timeoutHeaderThatIsNoNumber_isRefused() throws IOException {
        for (String value : List.of("0", "-1", "soon", "99999999999")) {
            var response = server.send(java.net.http.HttpRequest.newBuilder(server.uri("/v1/chat/completions"))
                    .header("x-request-timeout-ms", value)
                    .POST(java.net.http.HttpRequest.BodyPublishers.ofString("{" + ASKED + "}")));
            assertThat(JSON.readTree(response.body()).get("error").get("param").textValue())
                    .isEqualTo("x-request-timeout-ms");
        }
    }

    @Test
    void tokenize_andBack_isTheText() throws IOException {
        JsonNode tokens =
                JSON.readTree(server.post("/v1/tokenize", "{\"prompt\":\"" + TEXT + "\",\"add_special_tokens\":false}")
                        .body());
        assertThat(tokens.get("count").intValue())
                .isEqualTo(tokens.get("tokens").size());
        assertThat(tokens.get("pieces")).hasSize(tokens.get("count").intValue());
        assertThat(JSON.readTree(server.post("/v1/detokenize", "{\"tokens\":" + tokens.get("tokens") + "}")
                                .body())
                        .get("prompt")
                        .textValue())
                .isEqualTo(TEXT);
        for (String bad : List.of("-1", "99999999", "2147483648")) {
            assertThat(server.post("/v1/detokenize", "{\"tokens\":[" + bad + "]}")
                            .statusCode())
                    .isEqualTo(400);
        }
        assertThat(server.post("/v1/tokenize", "{\"prompt\":5}").statusCode()).isEqualTo(400);
    }

    private JsonNode body(String json) throws IOException {
        var response = server.chat(json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private static JsonNode delta(JsonNode event) {
        return event.get("choices").get(0).get("delta");
    }

    private static String content(List<JsonNode> events) {
        return events.stream()
                .map(ChatTest::delta)
                .filter(delta -> delta.has("content"))
                .map(delta -> delta.get("content").textValue())
                .collect(Collectors.joining());
    }

    private static List<String> reasons(List<JsonNode> events) {
        return events.stream()
                .map(event -> event.get("choices").get(0).get("finish_reason"))
                .filter(reason -> !reason.isNull())
                .map(JsonNode::textValue)
                .toList();
    }
}
