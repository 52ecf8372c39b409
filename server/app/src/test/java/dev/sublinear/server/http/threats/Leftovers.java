package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.EngineStatus;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import io.netty.util.LeakPresenceDetector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a server held before an attack, to be compared with what it holds after it: CLEAN in the table of threats. */
public record Leftovers(TestServer server, long sockets, long threads) {
    /** Sockets that the JDK opens for itself when it first needs them; an attack leaves more if it leaves any. */
    private static final int OF_THE_JVM = 2;

    public static Leftovers before(TestServer server) {
        return new Leftovers(server, openSockets(), serverThreads());
    }

    /**
     * Waits until no sequence, byte of cache, tensor, buffer, body, socket or thread is left, and asks whether the server
     * is ready.
     *
     * @param connections that are still open, and known of
     */
    public void requireNone(int connections) throws IOException {
        await().until(() -> server.http().connections() == connections);
        await().until(() -> server.status().equals(EngineStatus.IDLE));
        await().until(() -> server.engine().queued() == 0);
        await().until(() -> server.model().liveTensors() == 0);
        await().until(() -> server.http().heldBytes() == 0);
        await().until(() -> openSockets() <= sockets + OF_THE_JVM);
        await().until(() -> serverThreads() <= threads);
        // A client may have read a reply before the event loop releases it.
        await().ignoreExceptions().untilAsserted(LeakPresenceDetector::check);
        try (RawClient prober = new RawClient(server.connect())) {
            prober.send("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(prober.read().status()).isEqualTo(200);
        }
    }

    private static long openSockets() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(Leftovers::isSocket).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long serverThreads() {
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
}
