package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.GenerationListener;
import dev.sublinear.engine.generation.GenerationRequest;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig.Callers;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.TestKeys;
import dev.sublinear.server.http.TestServer;
import dev.sublinear.server.http.reply.RequestListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row G19 of the threats: one thread reads for everybody. A test holds it on its way to the engine, and counts who comes by. */
final class ReadingTurnsTest {
    private static final String COMPLETIONS = "/v1/completions";
    private static final String CHATS = "/v1/chat/completions";
    private static final String BODY = "{\"prompt\":\"a\",\"max_tokens\":1}";
    private static final String OBJECT =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"response_format\":{\"type\":\"json_object\"},\"max_tokens\":1}";

    @TempDir
    private Path directory;

    private final Held held = new Held();
    private TestServer server;

    /** Holds the thread that brings the first request of mallory to the engine. */
    private static final class Held implements RequestListener {
        private final List<String> submitted = Collections.synchronizedList(new ArrayList<>());
        private final CountDownLatch free = new CountDownLatch(1);
        private final List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());

        @Override
        public GenerationListener accompany(Endpoint endpoint, GenerationRequest request, GenerationListener reply) {
            submitted.add(request.tenant());
            if (request.tenant().equals("mallory")) {
                try {
                    free.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return reply;
        }

        @Override
        public void onEnded(Endpoint endpoint, Outcome outcome) {
            outcomes.add(outcome);
        }
    }

    @BeforeEach
    void start() throws IOException {
        Path file = TestKeys.write(directory, "alice", "mallory");
        server = TestServer.patient(
                ScriptedModel.repeating("x "), TestServer.CONFIG.with(new Callers.KeyHolders(file)), held);
    }

    @AfterEach
    void end() {
        held.free.countDown();
        server.close();
    }

    private RawClient post(String holder, String path, String headers, String body) throws IOException {
        RawClient client = new RawClient(server.connect());
        client.socket().setSoTimeout(60_000);
        int length = body.getBytes(StandardCharsets.UTF_8).length;
        client.send(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + TestKeys.header(holder) + headers
                        + "Content-Length: " + length + "\r\n\r\n" + body)
                .getBytes(StandardCharsets.UTF_8));
        return client;
    }

    private List<RawClient> flood(int requests, String path, String body) throws IOException {
        List<RawClient> clients = new ArrayList<>();
        for (int i = 0; i < requests; i++) {
            clients.add(post("mallory", path, "", body));
        }
        await().until(() -> held.submitted.size() == 1);
        await().until(() -> server.http().heldBytes() == (long) (requests - 1) * body.length());
        return clients;
    }

    @Test
    void g19_requestBehindManyOfAnotherKey_isReadNext() throws IOException {
        List<RawClient> flood = flood(12, COMPLETIONS, BODY);
        RawClient alice = post("alice", COMPLETIONS, "", BODY);
        await().until(() -> server.http().heldBytes() == 12L * BODY.length());
        held.free.countDown();

        assertThat(alice.read().status()).isEqualTo(200);
        for (RawClient client : flood) {
            assertThat(client.read().status()).isEqualTo(200);
        }
        assertThat(held.submitted)
                .hasSize(13)
                .element(1)
                .as("after the one whose turn it was")
                .isEqualTo("alice");
    }

    @Test
    void g19_clientsThatHaveLeft_areNotReadFor() throws IOException {
        List<RawClient> flood = flood(4, COMPLETIONS, BODY);
        for (RawClient client : flood.subList(1, 4)) {
            client.close();
        }
        await().until(() -> server.http().connections() == 1);
        assertThat(server.http().heldBytes()).as("nor are their bodies held").isZero();
        held.free.countDown();

        assertThat(post("alice", COMPLETIONS, "", BODY).read().status()).isEqualTo(200);
        assertThat(held.submitted).containsExactly("mallory", "alice");
        assertThat(held.outcomes.stream().filter(RequestListener.Outcome.CANCELLED::equals))
                .hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({"/v1/completions", "/v1/tokenize"})
    void g19_requestWhoseTimePassesBeforeItIsRead_hasItsAnswerThenAndIsSkipped(String path) throws IOException {
        flood(1, COMPLETIONS, BODY);

        RawClient.Reply late =
                post("alice", path, "x-request-timeout-ms: 50\r\n", BODY).read();
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.body()).contains("\"deadline_exceeded\"");
        await().until(() -> server.http().heldBytes() == 0);
        held.free.countDown();

        assertThat(post("alice", COMPLETIONS, "", BODY).read().status()).isEqualTo(200);
        assertThat(held.submitted).containsExactly("mallory", "alice");
    }

    @Test
    void g19_whatAnAnswerMayBe_isCompiledWhereItHoldsNobodyUp() throws IOException {
        flood(1, CHATS, OBJECT);

        assertThat(post("alice", COMPLETIONS, "", BODY).read().status()).isEqualTo(200);
        held.free.countDown();
        assertThat(post("alice", CHATS, "", OBJECT).read().status()).isEqualTo(200);
    }

    /** 6,000 letters of Chinese, of which the model's vocabulary has none. */
    @ParameterizedTest
    @CsvSource({
        "/v1/tokenize, prompt, {\"prompt\":\"%s\"}",
        "/v1/completions, prompt, {\"prompt\":\"%s\"}",
        "/v1/completions, prompt, {\"prompt\":[\"a\"|\"%s\"]}",
        "/v1/chat/completions, messages, {\"messages\":[{\"role\":\"user\"|\"content\":\"%s\"}]}",
        "/v1/responses, input, {\"input\":\"%s\"}"
    })
    void g19_textThatCannotFitTheContext_isRefusedBeforeItIsEncoded(String path, String param, String body)
            throws IOException {
        String text = "\u7684\u4e00\u662f\u4e0d".repeat(1_500);
        RawClient.Reply reply = post("alice", path, "", body.replace('|', ',').replace("%s", text))
                .read();

        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body())
                .contains("\"context_length_exceeded\"")
                .contains("\"param\":\"" + param)
                .contains("the model's context is 8192 tokens; the prompt has at least ");
    }

    @Test
    void g19_moreIdsThanTheContext_areRefusedBeforeTheyAreDecoded() throws IOException {
        String ids = "1" + ",1".repeat(ScriptedModel.CONTEXT);
        Map<String, String> bodies = Map.of(
                "/v1/detokenize",
                "{\"tokens\":[" + ids + "]}",
                COMPLETIONS,
                "{\"echo\":true,\"prompt\":[" + ids + "]}");
        for (Map.Entry<String, String> asked : bodies.entrySet()) {
            RawClient.Reply reply =
                    post("alice", asked.getKey(), "", asked.getValue()).read();
            assertThat(reply.status()).isEqualTo(400);
            assertThat(reply.body()).contains("\"context_length_exceeded\"", "has 8193");
        }
    }
}
