package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.server.HttpConfig;
import dev.sublinear.server.engine.EngineStatus;
import dev.sublinear.server.engine.ScriptedModel;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
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
 *   <li>CLEAN, nothing is left: no sequence, byte of cache, tensor, buffer, body, socket or thread more than before;
 *       the server is healthy and gives the golden text once more.
 * </ul>
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Siege {
    static final String HOST = "Host: localhost\r\n";

    private static final String ASKED = "{\"prompt\":[5,6,7],\"max_tokens\":12,\"temperature\":0}";
    /** Bytes that the control client's request is held with, now and then. */
    static final int CONTROL_BODY = ASKED.length();

    private static final String GOLDEN = "\"text\":\" of silence, the city of light. In the city";

    /** Sockets that the JDK opens for itself when it first needs them; an attack leaves more if it leaves any. */
    private static final int OF_THE_JVM = 2;

    TestServer server;
    private RawClient control;
    private Thread asking;
    private final AtomicInteger answers = new AtomicInteger();
    private volatile boolean attacked;
    private volatile String wrong = "";
    private long sockets;
    private long threads;

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
        sockets = sockets();
        threads = threads();
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
        int before = answers.get();
        await().until(() -> answers.get() > before || !wrong.isEmpty());
        attacked = false;
        asking.join();
        assertThat(wrong).as("IND").isEmpty();

        await().until(() -> server.http().connections() == 1); // the control client's
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        assertThat(server.engine().queued()).isZero();
        assertThat(server.model().liveTensors()).isZero();
        await().until(() -> server.http().heldBytes() == 0);
        await().until(() -> sockets() <= sockets + OF_THE_JVM);
        await().until(() -> threads() <= threads);
        LeakPresenceDetector.check();
        try (RawClient prober = new RawClient(server.connect())) {
            prober.send("GET /health/ready HTTP/1.1\r\n" + HOST + "\r\n");
            assertThat(prober.read().status()).isEqualTo(200);
        }
        ask();
        control.close();
        await().until(() -> server.http().connections() == 0);
    }

    @AfterAll
    void end() {
        server.close();
    }

    private static long sockets() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(Siege::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of the server. */
    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().matches("(http|tokenize|engine|access-log|reload).*"))
                .count();
    }

    private static boolean isSocket(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
        } catch (IOException e) {
            return false; // closed by now
        }
    }

    RawClient connect() throws IOException {
        return new RawClient(server.connect());
    }
}
