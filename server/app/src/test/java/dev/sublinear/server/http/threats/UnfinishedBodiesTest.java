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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Row H19 of the threats: bodies that are sent up to their last byte, by callers without a key, or with one. */
final class UnfinishedBodiesTest {
    private static final String HOST = "Host: localhost\r\n";

    /** As many of the largest bodies as all callers together may hold. */
    private static final int ALL = 32;

    private static final String LARGE = "{\"prompt\":[1],\"max_tokens\":1,\"user\":\"" + "a".repeat(19_000) + "\"}";

    @TempDir
    private Path directory;

    private TestServer start() throws IOException {
        Path file = TestKeys.write(directory, "alice", "mallory");
        return TestServer.patient(ScriptedModel.repeating("x "), TestServer.CONFIG.with(new Callers.KeyHolders(file)));
    }

    private static List<RawClient> unfinished(TestServer server, String headers) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < ALL; i++) {
            RawClient client = new RawClient(server.connect());
            client.send("POST /v1/completions HTTP/1.1\r\n" + HOST + headers + "Content-Length: " + TestServer.MAX_BODY
                    + "\r\n\r\n" + "a".repeat(TestServer.MAX_BODY - 1));
            clients.add(client);
        }
        return clients;
    }

    private static RawClient.Reply ask(TestServer server, String body) throws IOException {
        try (RawClient client = new RawClient(server.connect())) {
            client.send("POST /v1/completions HTTP/1.1\r\n" + HOST + TestKeys.header("alice") + "Content-Length: "
                    + body.length() + "\r\n\r\n" + body);
            return client.read();
        }
    }

    @Test
    void h19_bodiesWithoutAKey_areNotHeld() throws IOException {
        try (TestServer server = start()) {
            List<RawClient> clients = unfinished(server, "");
            assertThat(ask(server, LARGE).status()).isEqualTo(200);
            for (RawClient client : clients) {
                client.send("a");
                RawClient.Reply reply = client.read();
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.closes()).as("its body was read past").isFalse();
                client.close();
            }
            assertThat(server.http().heldBytes()).isZero();
        }
    }

    @Test
    void h19_bodiesOfOneKey_leaveRoomForAnothers() throws IOException {
        try (TestServer server = start()) {
            List<RawClient> clients = unfinished(server, TestKeys.header("mallory"));
            await().until(() -> server.http().heldBytes() >= ALL / 2 * (TestServer.MAX_BODY - 1));
            for (int i = 0; i < 5; i++) {
                assertThat(ask(server, LARGE).status()).isEqualTo(200);
            }
            int refused = 0;
            for (RawClient client : clients) {
                client.send("a");
                refused += client.read().status() == 503 ? 1 : 0;
                client.close();
            }
            assertThat(refused).as("those over its share").isEqualTo(ALL / 2);
            await().until(() -> server.http().heldBytes() == 0);
        }
    }

    @Test
    void h19_whoAsksBeforeItSends_isRefusedAtTheHead() throws IOException {
        try (TestServer server = start();
                RawClient client = new RawClient(server.connect())) {
            client.send("POST /v1/completions HTTP/1.1\r\n" + HOST
                    + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
            RawClient.Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.closes())
                    .as("whether the body follows is not known")
                    .isTrue();
        }
    }

    /** What has no use for a body holds none, whoever sends it: routes that are open, that read none, or that are not there. */
    @Test
    void h19_bodiesThatNobodyReads_areNotHeld() throws IOException {
        try (TestServer server = start()) {
            for (String line : List.of(
                    "GET /health/live",
                    "POST /health/live",
                    "GET /",
                    "POST /nothing",
                    "PUT /v1/completions",
                    "GET /metrics")) {
                try (RawClient client = new RawClient(server.connect())) {
                    client.send(line + " HTTP/1.1\r\n" + HOST + TestKeys.header("alice")
                            + "Content-Length: 1000\r\n\r\n" + "a".repeat(999));
                    assertThat(ask(server, LARGE).status()).isEqualTo(200);
                    assertThat(server.http().heldBytes()).as(line).isZero();
                    client.send("a");
                    assertThat(client.read().status()).as(line).isIn(200, 404, 405);
                }
            }
        }
    }
}
