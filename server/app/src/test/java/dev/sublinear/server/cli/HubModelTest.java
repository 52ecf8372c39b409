package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.hub.StubHub;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --model org/name}, from the hub to an answer. */
final class HubModelTest {
    private static final String MODEL = "org/tiny";

    @TempDir
    private Path directory;

    private final StubHub stub = new StubHub();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path original = Path.of("");

    @BeforeEach
    void publish() {
        original = RandomCheckpoint.seeded(1).write(directory.resolve("checkpoint"));
        stub.directory(MODEL, original);
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private Map<String, String> environment() {
        Map<String, String> environment = stub.environment(directory.resolve("cache"));
        environment.put("HF_TOKEN", StubHub.TOKEN);
        return environment;
    }

    private String generated(String model) {
        out.getBuffer().setLength(0);
        String[] args = {"generate", "ab", "--model", model, "--max-tokens", "8", "--temperature", "0"};
        assertThat(Sublinear.run(args, environment(), new PrintWriter(out), new PrintWriter(err, true)))
                .as(err.toString())
                .isZero();
        return out.toString();
    }

    @Test
    void generate_byNameOnTheHub_writesWhatItsDirectoryWrites() {
        assertThat(generated(MODEL)).isNotBlank().isEqualTo(generated(original.toString()));
    }

    @Test
    void generate_secondTimeWithoutAHub_takesTheCache() {
        String first = generated(MODEL);
        stub.close();

        assertThat(generated(MODEL + "@" + StubHub.commit(MODEL))).isEqualTo(first);
    }

    @Test
    void generate_unknownName_isOneLineThatSaysBoth() {
        String[] args = {"generate", "ab", "--model", "org/other"};
        assertThat(Sublinear.run(args, environment(), new PrintWriter(out), new PrintWriter(err, true)))
                .isEqualTo(1);

        assertThat(err.toString().lines().toList())
                .singleElement()
                .asString()
                .startsWith(
                        "sublinear: model: \"org/other\" is no file or directory here, and from the hub: org/other: no such");
    }

    @Test
    void serve_byNameOnTheHub_answersByThatName() throws Exception {
        List<String> launcher = new ArrayList<>(List.of("env"));
        environment().forEach((name, value) -> launcher.add(name + "=" + value));
        try (ServeProcess serve = ServeProcess.start(Sublinear.class, launcher, List.of(), "--model", MODEL)) {
            int port = serve.port();
            String body = "{\"model\": \"org/tiny\", \"prompt\": \"ab\", \"max_tokens\": 4, \"temperature\": 0}";
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/completions"))
                                    .header("Content-Type", "application/json")
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains("\"model\":\"org/tiny\"");
        }
        assertThat(stub.seen())
                .allSatisfy(request ->
                        assertThat(request.hasToken()).isEqualTo(request.host().equals("127.0.0.1")));
    }
}
