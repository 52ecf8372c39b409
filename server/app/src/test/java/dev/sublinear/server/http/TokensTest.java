package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code POST /v1/tokenize} and {@code POST /v1/detokenize}. */
final class TokensTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "Naïve café — 猫, and so on.";

    private final TestServer server = TestServer.start(ScriptedModel.repeating("x "));

    @AfterEach
    void close() {
        server.close();
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
}
