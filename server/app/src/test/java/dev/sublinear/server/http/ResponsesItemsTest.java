package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls and thoughts as items of {@code POST /v1/responses}, in what it returns and in what it reads. */
final class ResponsesItemsTest extends ResponsesFixture {
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

    /** The same chat by either API: the model reads the same tokens. */
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
}
