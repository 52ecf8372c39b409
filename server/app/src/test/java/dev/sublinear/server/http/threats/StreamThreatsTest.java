package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.http.HttpServer;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestServer;
import dev.sublinear.testing.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows H6 to H9, H15 and H16 of the threats: clients that do not read, leave, come in crowds or write into logs. */
final class StreamThreatsTest extends Siege {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String STREAM = "{\"prompt\":[1,2,3],\"max_tokens\":8000,\"temperature\":0,\"stream\":true}";
    private static final int CONNECTIONS = 60;

    @TempDir
    static Path directory;

    @Override
    HttpConfig config() {
        Duration later = Duration.ofMinutes(1);
        return TestServer.CONFIG
                .with(new HttpConfig.Limits(TestServer.MAX_BODY, CONNECTIONS, CONNECTIONS))
                .with(new HttpConfig.Timeouts(Duration.ofSeconds(2), Duration.ofSeconds(2), later, later, later))
                .with(new HttpConfig.AccessLog.File(directory.resolve("access.log")));
    }

    @Test
    void h6_manyThatSendAByteNowAndThen_areSentAway() throws IOException {
        List<RawClient> slow = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS / 2; i++) {
            RawClient client = connect();
            client.send(
                    i % 2 == 0 ? "GET / HTTP/1.1\r\nX: " : "POST / HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\n{");
            slow.add(client);
        }
        for (RawClient client : slow) {
            assertThat(client.read().status()).isEqualTo(408);
            client.close();
        }
    }

    @Test
    void h7_readersThatReadNothing_holdNoMoreThanTheirShare() throws IOException {
        long before = HttpServer.directBytes();
        List<RawClient> silent = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            RawClient client = connect();
            client.socket().setReceiveBufferSize(4096);
            client.post("/v1/completions", STREAM);
            silent.add(client);
        }
        await().until(() -> server.status().running() > 1);
        long chunk = 4L << 20; // the allocator takes memory in pieces of this size
        assertThat(HttpServer.directBytes() - before).isLessThanOrEqualTo(silent.size() * (64L << 10) + 2 * chunk);
        for (RawClient client : silent) {
            client.close();
        }
    }

    @Test
    void h8_clientsThatLeaveInTheMiddle_freeTheirSequence() throws IOException {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            try (RawClient client = connect()) {
                client.post("/v1/completions", STREAM);
                client.head();
                for (int line = random.nextInt(4); line > 0; line--) {
                    client.line();
                }
                switch (random.nextInt(3)) {
                    case 0 -> client.socket().setSoLinger(true, 0); // RST
                    case 1 -> client.socket().shutdownOutput(); // half close: nobody asks any more
                    default -> {} // FIN
                }
            }
        }
        await("seed " + seed).until(() -> server.status().running() <= 1);
    }

    @Test
    void h9_connectionsOverTheCap_areTurnedAwayAtOnce() throws IOException {
        List<RawClient> open = new ArrayList<>();
        for (int i = 1; i < CONNECTIONS; i++) { // the control client has one
            open.add(connect());
        }
        await().until(() -> server.http().connections() == CONNECTIONS);
        for (int i = 0; i < 20; i++) {
            try (RawClient client = connect()) {
                assertThat(client.whatComes()).startsWith("HTTP/1.1 503 ").contains("\"server_overloaded\"");
            }
        }
        for (RawClient client : open) {
            client.close();
        }
    }

    @Test
    void h15_whatClientsWrite_isOneLineOfTheLogWithoutControlsAndPrompts() throws IOException {
        String nasty = "${jndi:ldap://x}'\"\\\u0085\u009b31m";
        try (RawClient client = connect()) {
            client.send("GET /%0d%0a%1b%5b31m" + "a".repeat(500) + " HTTP/1.1\r\n" + HOST + "X-Request-Id: " + nasty
                    + "\r\nUser-Agent: " + nasty + "b".repeat(3_000) + "\r\n\r\n");
            assertThat(client.read().head()).contains("x-request-id: req_").doesNotContain("jndi");
            client.ask("/v1/completions", "{\"prompt\":\"a secret\",\"max_tokens\":1,\"user\":\"me\\r\\n\"}");
            client.ask(
                    "/v1/completions", "{\"prompt\":\"a secret\",\"model\":\"\\u001b[31m" + "m".repeat(9_000) + "\"}");
        }
        Path log = directory.resolve("access.log");
        await().until(() -> Files.readString(log).contains("jndi"));
        await().until(() -> Files.readString(log).contains("\"status\":404,\"bytes\""));
        for (String line : Files.readAllLines(log)) {
            JsonNode entry = JSON.readTree(line);
            assertThat(entry.get("id").textValue()).startsWith("req_");
            assertThat(line).doesNotContain("secret").hasSizeLessThan(2_000);
            assertThat(line.chars()).noneMatch(c -> Character.isISOControl(c));
        }
    }

    @Test
    void h16_randomRequests_addNoSeries() throws IOException {
        long before = series();
        long seed = Seed.fresh();
        Random random = new Random(seed);
        try (RawClient client = connect()) {
            for (int i = 0; i < 1_000; i++) {
                String word = Long.toString(random.nextLong() & Long.MAX_VALUE, 36);
                if (random.nextBoolean()) {
                    client.send("GET /" + word + " HTTP/1.1\r\n" + HOST + "User-Agent: " + word + "\r\n\r\n");
                    client.read();
                } else {
                    client.ask(
                            "/v1/completions",
                            "{\"prompt\":\"a\",\"model\":\"" + word + "\",\"user\":\"" + word + "\"}");
                }
            }
        }
        assertThat(series()).as("seed " + seed).isEqualTo(before);
    }

    private long series() throws IOException {
        try (RawClient client = connect()) {
            client.send("GET /metrics HTTP/1.1\r\n" + HOST + "\r\n");
            return client.read()
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("sublinear_"))
                    .map(line -> line.substring(0, line.lastIndexOf(' ')))
                    .filter(line -> !line.contains("context=")) // grows with the control client's contexts, to a bound
                    .distinct()
                    .count();
        }
    }
}
