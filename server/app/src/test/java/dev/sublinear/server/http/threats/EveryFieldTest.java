package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row H12 of the threats: every field that {@code /openapi.json} knows, with values that its schema does not allow. */
final class EveryFieldTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final List<String> VALUES = List.of(
            "true",
            "false",
            "0",
            "-1",
            "1",
            "1.5",
            "1.0",
            "-0.0",
            "1e400",
            "-1e400",
            "1e38",
            "2147483647",
            "2147483648",
            "-2147483649",
            "9223372036854775807",
            "9223372036854775808",
            "1" + "0".repeat(99),
            "\"\"",
            "\"5\"",
            "\"true\"",
            "\"\\u0000\\u001b[31m\"",
            "\"\\ud800\"",
            "\"${jndi:ldap://x}\"",
            "\"" + "a".repeat(5_000) + "\"",
            "[]",
            "[null]",
            "[[]]",
            "[[[1]]]",
            "[\"a\",5]",
            "[true]",
            "[" + "\"a\",".repeat(200) + "\"a\"]",
            "[" + "1,".repeat(200) + "1]",
            "[{}]",
            "{}",
            "{\"a\":{}}",
            "{\"type\":5}",
            "{\"include_usage\":\"yes\"}",
            "{\"budget\":[]}",
            "{\"scorer\":1}",
            "{\"-1\":0}",
            "{\"5\":1000}");

    @ParameterizedTest
    @CsvSource({
        "/v1/completions,CompletionRequest",
        "/v1/chat/completions,ChatRequest",
        "/v1/responses,ResponsesRequest",
        "/v1/tokenize,TokenizeRequest",
        "/v1/detokenize,DetokenizeRequest"
    })
    void h12_valueThatTheSchemaForbids_is400NamingTheField(String path, String name) throws IOException {
        List<String> wrong = new ArrayList<>();
        int tried = 0;
        try (TestServer server = TestServer.start(ScriptedModel.repeating("x "));
                RawClient client = new RawClient(server.connect())) {
            client.send("GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
            ObjectNode document = (ObjectNode) JSON.readTree(client.read().body());
            JsonNode fields = document.at("/components/schemas/" + name + "/properties");
            for (String field : (Iterable<String>) fields::fieldNames) {
                Schema schema = schema(document, fields.get(field));
                for (String value : VALUES) {
                    tried++;
                    RawClient.Reply reply = client.ask(path, body(name, field, value));
                    boolean allowed = parses(value)
                            && schema.validate(JSON.readTree(value)).isEmpty();
                    if (!isAsItMustBe(reply, field, allowed)) {
                        wrong.add(field + "=" + value + ": " + reply.status() + " " + reply.body());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(tried).isGreaterThanOrEqualTo(2 * VALUES.size());
    }

    /** What the schema allows may still be refused, for other fields' sake; never does the server fail. */
    private static boolean isAsItMustBe(RawClient.Reply reply, String field, boolean allowed) throws IOException {
        boolean ok = reply.status() == 200;
        boolean refused = reply.status() == 400 || (reply.status() == 404 && field.equals("model"));
        if (ok || !refused) {
            return ok && allowed;
        }
        JsonNode error = JSON.readTree(reply.body()).get("error");
        boolean named = error.get("param").asText("").startsWith(field)
                || error.get("message").asText().startsWith(field)
                || error.get("code").asText().equals("json_parse_error");
        return allowed || named;
    }

    /** Numbers too large for a double are no JSON for some. */
    private static boolean parses(String value) {
        return !value.contains("e400");
    }

    private static Schema schema(ObjectNode document, JsonNode property) {
        ObjectNode schema = JSON.createObjectNode();
        schema.set("components", document.get("components"));
        schema.setAll((ObjectNode) property.deepCopy());
        return SCHEMAS.getSchema(schema);
    }

    /** A request that is right but for one field. */
    private static String body(String name, String field, String value) {
        List<String> parts = new ArrayList<>();
        switch (name) {
            case "ChatRequest" -> parts.add("\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]");
            case "ResponsesRequest" -> parts.add("\"input\":\"a\"");
            case "DetokenizeRequest" -> parts.add("\"tokens\":[5]");
            default -> parts.add("\"prompt\":\"a\"");
        }
        if (name.startsWith("C")) {
            parts.add(field.equals("max_tokens") ? "\"n\":1" : "\"max_tokens\":1");
        }
        if (name.startsWith("R")) {
            parts.add("\"max_output_tokens\":1");
        }
        if (field.equals("stream_options")) {
            parts.add("\"stream\":true");
        }
        parts.removeIf(part -> part.startsWith("\"" + field + "\""));
        parts.add("\"" + field + "\":" + value);
        return "{" + String.join(",", parts) + "}";
    }

    @Test
    void values_areManyForEachField() {
        assertThat(VALUES).hasSizeGreaterThanOrEqualTo(30).doesNotHaveDuplicates();
    }
}
