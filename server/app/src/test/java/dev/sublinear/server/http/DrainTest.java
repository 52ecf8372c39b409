package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Row G17 of the threats, within a process: what is in progress ends, and nothing begins. */
final class DrainTest {
    private static final String STREAM = "{\"prompt\":[1],\"max_tokens\":40,\"stream\":true}";

    @Test
    void drain_streamInProgress_endsItAndTakesNoOther() throws Exception {
        ScriptedModel model = ScriptedModel.repeating("x ").hold();
        try (TestServer server = TestServer.start(model);
                RawClient streaming = new RawClient(server.connect());
                RawClient other = new RawClient(server.connect())) {
            streaming.post("/v1/completions", STREAM);
            model.allow(3);
            streaming.head();
            other.send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(other.read().status()).isEqualTo(200);

            Thread draining = new Thread(() -> drain(server, Duration.ofMinutes(1)));
            draining.start();
            await().until(() -> server.get("/health/ready").statusCode() == 503);
            assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
            RawClient.Reply refused = other.ask("/v1/completions", "{\"prompt\":[1]}");
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"draining\"");
            assertThat(refused.closes()).isTrue();
            assertThat(refused.head()).contains("retry-after: ");
            assertThat(draining.isAlive()).isTrue();

            model.allow(1_000);
            draining.join();
            assertThat(streaming.rest())
                    .contains("\"finish_reason\":\"length\"")
                    .contains("data: [DONE]");
        }
    }

    @Test
    void drain_graceThatEnds_tellsTheStreamWithoutDone() throws Exception {
        ScriptedModel model = ScriptedModel.repeating("x ").hold();
        TestServer server = TestServer.start(model);
        try (RawClient streaming = new RawClient(server.connect())) {
            streaming.post("/v1/completions", STREAM);
            model.allow(3);
            streaming.head();
            drain(server, Duration.ofMillis(50));
            Thread closing = new Thread(server::close);
            closing.start();
            await().until(() -> closing.getState() == Thread.State.WAITING); // for the engine, which knows that it ends
            model.allow(1);
            String rest = streaming.rest();
            closing.join();
            assertThat(rest).contains("\"code\":\"draining\"").doesNotContain("[DONE]");
        }
    }

    private static void drain(TestServer server, Duration most) {
        try {
            server.http().drain(most);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
