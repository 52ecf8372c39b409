package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.serve.FailingServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a supervisor sees of an engine that fails whatever it is asked. */
final class EngineFailureTest {
    /** Five requests end a loop; after three loops that did nothing the fourth is the last. */
    private static final int REQUESTS = 5 * 4;

    @Test
    void serve_engineThatFailsAgainAndAgain_answersEachAndExitsWith70() throws Exception {
        try (ServeProcess server = ServeProcess.start(FailingServer.class, List.of(), List.of())) {
            URI uri = URI.create("http://127.0.0.1:" + server.port() + "/v1/completions");
            HttpRequest request = HttpRequest.newBuilder(uri)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"prompt\":\"x\",\"max_tokens\":1}"))
                    .build();
            HttpClient client = HttpClient.newHttpClient();
            List<Integer> answers = new ArrayList<>();
            while (answers.size() < REQUESTS) {
                try {
                    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                    answers.add(answer.statusCode());
                } catch (IOException e) { // it has ended
                    break;
                }
            }
            assertThat(answers).hasSizeGreaterThanOrEqualTo(REQUESTS - 1).allMatch(status -> status == 500);
            server.awaitLine("sublinear: the engine has failed too often to start again");
            assertThat(server.await()).isEqualTo(70);
        }
    }
}
