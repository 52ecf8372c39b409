package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.engine.generation.ScriptedModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How {@code POST /v1/completions} fails, is refused, and ends when the client leaves. */
final class CompletionFailuresTest {
    private static final String PROMPT = "[5, 6, 7]";
    private static final ObjectMapper JSON = new ObjectMapper();

    private TestServer server = TestServer.start(ScriptedModel.repeating("x "));

    private ScriptedModel restart(ScriptedModel model) {
        server.close();
        server = TestServer.start(model);
        return model;
    }

    @AfterEach
    void close() {
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        server.close();
    }

    @Test
    void post_rowThatIsNotFinite_isA500ThatSaysNothingOfIt() throws IOException {
        restart(new ScriptedModel(seen -> ScriptedModel.NOT_A_NUMBER));

        HttpResponse<String> response = server.complete("{\"prompt\":" + PROMPT + "}");

        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(JSON.readTree(response.body()).get("error").get("code").textValue())
                .isEqualTo("internal_error");
        assertThat(response.body()).doesNotContain("NaN").doesNotContain("logit");
        assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void post_failureWithinAStream_isAnErrorEventWithoutDone() throws IOException {
        restart(new ScriptedModel(seen -> seen < 6 ? 100 : ScriptedModel.NOT_A_NUMBER));

        HttpResponse<String> response = server.complete("{\"prompt\":" + PROMPT + ",\"stream\":true}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).doesNotContain("[DONE]");
        List<String> lines =
                response.body().lines().filter(line -> !line.isEmpty()).toList();
        JsonNode last = JSON.readTree(lines.get(lines.size() - 1).substring("data: ".length()));
        assertThat(last.get("error").get("type").textValue()).isEqualTo("server_error");
    }

    @Test
    void post_failureBeforeTheFirstToken_hasAStatusAlsoForAStream() {
        restart(new ScriptedModel(seen -> ScriptedModel.NOT_A_NUMBER));

        assertThat(server.complete("{\"prompt\":" + PROMPT + ",\"stream\":true}")
                        .statusCode())
                .isEqualTo(500);
    }

    @Test
    void post_queueFull_isA503ThatSaysWhenToComeAgain() throws IOException {
        ScriptedModel model = restart(ScriptedModel.repeating("x ").hold());
        List<Socket> accepted = new ArrayList<>();
        for (int i = 0; i <= TestServer.QUEUE_LIMIT; i++) { // one runs, the others wait
            Socket socket = server.connect();
            post(socket, "{\"prompt\":[1],\"max_tokens\":" + (i == 0 ? 50 : 1) + "}");
            accepted.add(socket);
            if (i == 0) {
                model.allow(1);
                await().until(() -> server.status().running() == 1);
            }
            int expected = i;
            await().until(() -> server.engine().queued() == expected);
        }

        HttpResponse<String> refused = server.complete("{\"prompt\":[1],\"max_tokens\":1}");

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("retry-after")).contains("1");
        assertThat(JSON.readTree(refused.body()).get("error").get("code").textValue())
                .isEqualTo("server_overloaded");
        model.allow(100);
        for (Socket socket : accepted) {
            assertThat(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
                            .readLine())
                    .isEqualTo("HTTP/1.1 200 OK");
            socket.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void disconnect_whileStreaming_freesTheMemory(boolean reset) throws IOException {
        ScriptedModel model = restart(ScriptedModel.repeating("x ").hold());
        try (Socket socket = server.connect()) {
            post(socket, "{\"prompt\":" + PROMPT + ",\"max_tokens\":5000,\"stream\":true}");
            model.allow(3);
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (!line.startsWith("data: ")) {
                line = lines.readLine();
            }
            await().until(() -> server.status().usedBytes() > 0);
            if (reset) {
                socket.setSoLinger(true, 0);
            }
        }
        awaitCancelled(model);
    }

    @Test
    void disconnect_whileWaitingForAWholeReply_freesTheMemory() throws IOException {
        ScriptedModel model = restart(ScriptedModel.repeating("x ").hold());
        try (Socket socket = server.connect()) {
            post(socket, "{\"prompt\":" + PROMPT + ",\"max_tokens\":5000}");
            model.allow(3);
            await().until(() -> server.status().usedBytes() > 0);
        }
        awaitCancelled(model);
    }

    @Test
    void disconnect_whileInTheQueue_leavesIt() throws IOException {
        ScriptedModel model = restart(ScriptedModel.repeating("x ").hold());
        try (Socket running = server.connect();
                Socket waiting = server.connect()) {
            post(running, "{\"prompt\":" + PROMPT + ",\"max_tokens\":5000}");
            model.allow(1);
            await().until(() -> server.status().running() == 1);
            post(waiting, "{\"prompt\":" + PROMPT + ",\"max_tokens\":5000}");
            model.allow(1);
        }
        awaitCancelled(model);
    }

    /** One more step at a time, until the engine has noticed: the model would go on for 5,000. */
    private void awaitCancelled(ScriptedModel model) {
        await().until(() -> {
            model.allow(1);
            return server.status().equals(EngineStatus.IDLE);
        });
        assertThat(model.chunks()).hasSizeLessThan(2_000);
        assertThat(server.get("/metrics").body()).doesNotContain("endpoint=\"completions\",outcome=\"cancelled\"} 0.0");
    }

    private static void post(Socket socket, String json) throws IOException {
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + json.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n";
        socket.getOutputStream().write((head + json).getBytes(StandardCharsets.UTF_8));
    }
}
