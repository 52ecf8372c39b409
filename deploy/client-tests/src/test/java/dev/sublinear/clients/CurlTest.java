package dev.sublinear.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** curl, as the README has it. */
final class CurlTest {
    private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":4";

    @BeforeAll
    static void requireCurl() throws InterruptedException {
        assumeTrue(OpenAiNodeTest.runs("curl", "--version"), "curl is not installed");
    }

    @Test
    void chat_stream_endsWithDone() throws IOException {
        assertThat(curl("/v1/chat/completions", "{" + MESSAGES + ",\"stream\":true}"))
                .contains("data: {\"id\":\"chatcmpl-")
                .contains("data: [DONE]\n\n")
                .endsWith("200");
    }

    @Test
    void completions_whole_hasText() throws IOException {
        assertThat(curl("/v1/completions", "{\"prompt\":\"Once\",\"max_tokens\":4}"))
                .contains("\"object\":\"text_completion\"")
                .endsWith("200");
    }

    @Test
    void models_list_hasTheOne() throws IOException {
        assertThat(curl("/v1/models")).contains("\"id\":\"org/smollm2\"").endsWith("200");
        assertThat(curl("/v1/models/org/smollm2"))
                .contains("\"id\":\"org/smollm2\"")
                .endsWith("200");
    }

    @Test
    void errors_ofEachKind_haveTheirStatus() throws IOException {
        assertThat(curl("/v1/completions", "{\"prompt\":5}")).endsWith("400");
        assertThat(curl("/v1/completions", "{\"prompt\":\"a\",\"model\":\"other\"}"))
                .endsWith("404");
        assertThat(curl("/v1/nothing")).endsWith("404");
        assertThat(curl("/v1/completions")).endsWith("405");
        assertThat(run("curl", "-s", "-w", "%{http_code}", StartedServer.get().url() + "/v1/models"))
                .contains("invalid_api_key")
                .endsWith("401");
        assertThat(run("curl", "-s", "-w", "%{http_code}", StartedServer.get().url() + "/health/ready"))
                .endsWith("200");
    }

    private static String curl(String path, String... body) throws IOException {
        List<String> command = new ArrayList<>(
                List.of("curl", "-s", "-N", "-w", "%{http_code}", "-H", "Authorization: Bearer " + StartedServer.KEY));
        for (String json : body) {
            command.addAll(List.of("-H", "Content-Type: application/json", "-d", json));
        }
        command.add(StartedServer.get().url() + path);
        return run(command.toArray(new String[0]));
    }

    private static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
