package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/**
 * A server under attack. While a test attacks, a control client asks for the same greedy completion again and again.
 * After each test two things must hold:
 *
 * <ul>
 *   <li>IND, others are unaffected: the control client got nothing but the golden text.
 *   <li>CLEAN, nothing is left: see {@link Leftovers}; and the server gives the golden text once more.
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Siege {
    static final String HOST = "Host: localhost\r\n";

    private static final String ASKED = "{\"prompt\":[5,6,7],\"max_tokens\":12,\"temperature\":0}";
    /** Bytes that the control client's request is held with, now and then. */
    static final int CONTROL_BODY = ASKED.length();

    private static final String GOLDEN = "\"text\":\" of silence, the city of light. In the city";

    TestServer server;
    private RawClient control;
    private Thread asking;
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean attacked;
    private volatile String wrong = "";
    private @Nullable Leftovers before;

    /** What this class's server is configured with. */
    HttpConfig config() {
        return TestServer.CONFIG;
    }

    ScriptedModel model() {
        return ScriptedModel.repeating("In the city of silence, the city of light. ");
    }

    @BeforeAll
    void start() {
        Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
        server = TestServer.patient(model(), config());
    }

    @BeforeEach
    void beginAttack() throws IOException {
        control = new RawClient(server.connect());
        ask(); // so that every thread that serves has begun
        before = Leftovers.before(server);
        answers.set(0);
        wrong = "";
        attacked = true;
        asking = new Thread(this::askOn, "control");
        asking.start();
        await().until(() -> answers.get() > 0 || !wrong.isEmpty());
    }

    private void askOn() {
        try {
            while (attacked) {
                ask();
            }
        } catch (IOException | AssertionError e) {
            wrong = e.toString();
        }
    }

    private void ask() throws IOException {
        RawClient.Reply reply = control.ask("/v1/completions", ASKED);
        assertThat(reply.body()).contains(GOLDEN).contains("\"finish_reason\":\"length\"");
        answers.incrementAndGet();
    }

    @AfterEach
    void requireUnaffectedAndClean() throws IOException, InterruptedException {
        int answered = answers.get();
        await().until(() -> answers.get() > answered || !wrong.isEmpty());
        attacked = false;
        asking.join();
        assertThat(wrong).as("IND").isEmpty();

        Objects.requireNonNull(before).requireNone(1); // the control client's
        ask();
        control.close();
        await().until(() -> server.http().connections() == 0);
    }

    @AfterAll
    void end() {
        server.close();
    }

    RawClient connect() throws IOException {
        return new RawClient(server.connect());
    }
}
