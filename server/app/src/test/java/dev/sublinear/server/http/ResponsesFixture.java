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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A server that tests ask for responses: what they ask, and what they read of the replies. */
abstract class ResponsesFixture {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String TEXT = "Naïve café — 猫, and so on.";
    static final String ASKED = "\"instructions\":\"Be brief.\",\"input\":\"Hi\"";
    private static final List<Message> MESSAGES =
            List.of(Message.of(Role.SYSTEM, "Be brief."), Message.of(Role.USER, "Hi"));
    static final int PROMPT = ScriptedModel.CHAT.encode(MESSAGES, List.of(), true).length;
    private static final String PARAMETERS = "{\"type\":\"object\",\"properties\":{\"city\":{\"enum\":[\"Oslo\"]}},"
            + "\"required\":[\"city\"],\"additionalProperties\":false}";
    static final String FUNCTION = "\"name\":\"weather\",\"description\":\"It.\",\"parameters\":" + PARAMETERS;
    static final String TOOLS = "\"tools\":[{\"type\":\"function\"," + FUNCTION + ",\"strict\":true}]";
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
                        + "{% if m.reasoning_content %}({{ m.reasoning_content }}){% endif %}"
                        + "{% for c in m.tool_calls %}<tool_call>\n{{ c.function | tojson }}\n</tool_call>{% endfor %}\n"
                        + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
                text);
    }

    void chat(String template, String text) throws IOException {
        server.close();
        server = TestServer.chatting(directory, template, text);
    }

    JsonNode body(String json) throws IOException {
        var response = server.post("/v1/responses", json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    List<JsonNode> events(String json) throws IOException {
        return events(server.post("/v1/responses", json.replaceFirst("\\{", "{\"stream\":true,"))
                .body()
                .split("\n\n", -1));
    }

    /** The events of a stream, each of which must have the name that its data have, and the next number. */
    static List<JsonNode> events(String[] parts) throws IOException {
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

    static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.get("type").textValue()).toList();
    }

    static String deltas(List<JsonNode> events, String type) {
        return events.stream()
                .filter(event -> event.get("type").textValue().equals(type))
                .map(event -> event.get("delta").textValue())
                .collect(Collectors.joining());
    }

    /** Without what is another in every response. */
    static JsonNode comparable(JsonNode response) {
        ObjectNode copy = response.deepCopy();
        copy.put("id", "").put("created_at", 0);
        copy.get("output").forEach(item -> ((ObjectNode) item).put("id", "").put("call_id", ""));
        return copy;
    }
}
