package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig.Callers;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestKeys;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row G20 of the threats over HTTP, counted in steps: one key runs all that may run, and fills the queue. */
final class GreedyKeyTest {
    private static final String TEXT = "In the city of silence, the city of light. ";
    private static final int TOKENS = 60;

    @TempDir
    private Path directory;

    private static RawClient post(TestServer server, String holder, int tokens, boolean streams) throws IOException {
        String body = "{\"prompt\":[5,6,7],\"temperature\":0,\"max_tokens\":" + tokens + ",\"stream\":" + streams + "}";
        RawClient client = new RawClient(server.connect());
        client.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n" + TestKeys.header(holder)
                + "Content-Length: " + body.length() + "\r\n\r\n" + body);
        return client;
    }

    @Test
    void g20_requestOfAnotherKey_isAnsweredInTheNextStepsAndTheGreedyOnesLoseNothing() throws IOException {
        Path file = TestKeys.write(directory, "alice", "mallory");
        ScriptedModel model = ScriptedModel.repeating(TEXT);
        try (TestServer server = TestServer.patient(model, TestServer.CONFIG.with(new Callers.KeyHolders(file)))) {
            List<RawClient> greedy = new ArrayList<>();
            model.hold();
            for (int i = 0; i < 2 * TestServer.RUNNING; i++) {
                greedy.add(post(server, "mallory", TOKENS, true));
            }
            AtomicInteger allowed = new AtomicInteger();
            await().until(() -> {
                model.allow(1);
                allowed.incrementAndGet();
                return server.status().running() == TestServer.RUNNING;
            });

            RawClient alice = post(server, "alice", 1, false);
            await().until(() -> server.engine().queued() == TestServer.RUNNING + 1);
            int before = allowed.get();
            await().until(() -> model.chunks().size() == before);
            model.allow(2); // the one in progress, and the next
            assertThat(alice.read().body()).contains("\"completion_tokens\":1,");
            assertThat(model.chunks().size() - before).as("steps").isLessThanOrEqualTo(2);

            model.allow(1_000_000);
            String golden = null;
            for (RawClient client : greedy) {
                String text = text(client);
                golden = golden == null ? text : golden;
                assertThat(text).isEqualTo(golden).isNotEmpty();
                client.close();
            }
            alice.close();
        }
    }

    private static String text(RawClient client) throws IOException {
        StringBuilder text = new StringBuilder();
        client.head();
        for (String line = client.line(); !line.equals("data: [DONE]"); line = client.line()) {
            int at = line.indexOf("\"text\":\"");
            if (at >= 0) {
                text.append(line, at + 8, line.indexOf('"', at + 8));
            }
        }
        return text.toString();
    }
}
