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
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A server that tests chat with: what they ask, and what they read of the replies. */
abstract class ChatFixture {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TEXT = "Naïve café — 猫, and so on.";
    static final String ASKED =
            "\"messages\":[{\"role\":\"system\",\"content\":\"Be brief.\"},{\"role\":\"user\",\"content\":\"Hi\"}]";
    static final int PROMPT = ScriptedModel.CHAT.encode(
                    List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Hi")), List.of(), true)
            .length;
    static final String TOOLS = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":"
            + "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":[\"Oslo\"]}},\"required\":[\"city\"],"
            + "\"additionalProperties\":false}}}]";
    static final String CALL =
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";

    @TempDir
    private Path directory;

    TestServer server = TestServer.start(ScriptedModel.continuing(PROMPT, TEXT));

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    void restart(ScriptedModel model) {
        server.close();
        server = TestServer.start(model);
    }

    /** A server whose model was told of tools and answers with a text. */
    void callTools(String text) throws IOException {
        chat(
                "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ m.role }}: {{ m.content }}"
                        + "{% for c in m.tool_calls %}<tool_call>\n{{ c.function | tojson }}\n</tool_call>{% endfor %}\n"
                        + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                text);
    }

    /** A server whose model has this template and answers with a text, whatever the prompt. */
    void chat(String template, String text) throws IOException {
        server.close();
        server = TestServer.chatting(directory, template, text);
    }

    static void requireCall(JsonNode calls) throws IOException {
        assertThat(calls).hasSize(1);
        JsonNode call = calls.get(0);
        assertThat(call.get("id").textValue()).startsWith("call_");
        assertThat(call.get("type").textValue()).isEqualTo("function");
        assertThat(call.get("function").get("name").textValue()).isEqualTo("weather");
        assertThat(JSON.readTree(call.get("function").get("arguments").textValue()))
                .isEqualTo(JSON.readTree("{\"city\":\"Oslo\"}"));
    }

    JsonNode body(String json) throws IOException {
        var response = server.chat(json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    static JsonNode delta(JsonNode event) {
        return event.get("choices").get(0).get("delta");
    }

    static String content(List<JsonNode> events) {
        return events.stream()
                .map(ChatFixture::delta)
                .filter(delta -> delta.has("content"))
                .map(delta -> delta.get("content").textValue())
                .collect(Collectors.joining());
    }

    static List<String> reasons(List<JsonNode> events) {
        return events.stream()
                .map(event -> event.get("choices").get(0).get("finish_reason"))
                .filter(reason -> !reason.isNull())
                .map(JsonNode::textValue)
                .toList();
    }

    static String texts(List<JsonNode> events, String field) {
        return events.stream()
                .map(ChatFixture::delta)
                .filter(delta -> delta.has(field))
                .map(delta -> delta.get(field).textValue())
                .collect(Collectors.joining());
    }
}
