package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tools of {@code POST /v1/chat/completions}, and the schemas of their arguments. */
final class ChatToolsTest extends ChatFixture {
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
                .map(ChatFixture::delta)
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
}
