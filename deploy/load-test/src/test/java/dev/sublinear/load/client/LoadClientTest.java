package dev.sublinear.load.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Golden;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class LoadClientTest {
    private static final Golden GOLDEN = new Golden("one two three", 3, 3, "length");
    private static final Asked ASKED = new Asked("/v1/completions", "{}".getBytes(StandardCharsets.UTF_8), GOLDEN);

    /** A request, and what was told of it. */
    private static final class Told implements LoadClient.Listener {
        private final List<Boolean> tokens = new ArrayList<>();
        private final CompletableFuture<Outcome> end = new CompletableFuture<>();

        @Override
        public void onToken(boolean first, long nanos) {
            assertThat(nanos).isPositive();
            tokens.add(first);
        }

        @Override
        public void onEnd(Outcome outcome) {
            end.complete(outcome);
        }

        Outcome await() throws Exception {
            return end.get(1, TimeUnit.MINUTES);
        }
    }

    private static Told send(LoadClient client) {
        Told told = new Told();
        client.loop()
                .execute(() ->
                        assertThat(client.send(ASKED, System.nanoTime(), told)).isTrue());
        return told;
    }

    static Stream<Arguments> replies() {
        return Stream.of(
                Arguments.of(FakeServer.stream(3, "one", " two", " three"), Outcome.Kind.COMPLETED, ""),
                Arguments.of(
                        FakeServer.stream(2, "one", " three"),
                        Outcome.Kind.DIFFERS,
                        "after 5 of 13 characters it goes on with \"hree\", alone with \"wo three\""),
                Arguments.of(
                        FakeServer.stream(4, "one", " two", " two", " three"),
                        Outcome.Kind.DIFFERS,
                        "after 9 of 13 characters"),
                Arguments.of(FakeServer.stream(3, "one", " 2", " three"), Outcome.Kind.DIFFERS, "after 4 of 13"),
                Arguments.of(
                        FakeServer.stream(4, "one", " two", " three"),
                        Outcome.Kind.DIFFERS,
                        "it counts 4 tokens, alone 3"),
                Arguments.of(
                        FakeServer.stream(3, "one", " two", " three").replace("\"length\"", "\"cancel\""),
                        Outcome.Kind.DIFFERS,
                        "it ends with \"cancel\", alone with \"length\""),
                Arguments.of(
                        FakeServer.stream(3, "one", " two", " three")
                                .replace("data: [DONE]", "data: [GONE]")
                                .replace("[GONE]", "{\"x\":0}"),
                        Outcome.Kind.FAILED,
                        "the stream ended without [DONE]"),
                Arguments.of(
                        FakeServer.stream(3, "one", " two").replace("\r\n0\r\n\r\n", ""),
                        Outcome.Kind.FAILED,
                        "the connection closed after 7 characters"),
                Arguments.of(
                        FakeServer.chunked("data: {\"error\":{\"message\":\"the step failed\"}}\n\n"),
                        Outcome.Kind.FAILED,
                        "an error in the stream: the step failed"),
                Arguments.of(
                        FakeServer.chunked("data: {\"choices\n\ndata: [DONE]\n\n"),
                        Outcome.Kind.FAILED,
                        "an event is not JSON"),
                Arguments.of(FakeServer.refusal("retry-after: 2\r\n"), Outcome.Kind.REFUSED, ""),
                Arguments.of(FakeServer.refusal(""), Outcome.Kind.FAILED, "a 503 does not say when to retry"),
                Arguments.of(
                        "HTTP/1.1 500 Oops\r\ncontent-length: 4\r\n\r\nbang", Outcome.Kind.FAILED, "status 500: bang"));
    }

    @ParameterizedTest
    @MethodSource("replies")
    void send_eachKindOfReply_isTold(String reply, Outcome.Kind kind, String problem) throws Exception {
        try (FakeServer server = new FakeServer(number -> reply);
                LoadClient client = new LoadClient(server.uri(), 10)) {
            Outcome outcome = send(client).await();

            assertThat(outcome.kind()).as(outcome.problem()).isEqualTo(kind);
            assertThat(outcome.problem()).contains(problem);
        }
    }

    @Test
    void send_severalInTurn_useOneConnection() throws Exception {
        try (FakeServer server = new FakeServer(number -> FakeServer.stream(3, "one", " two", " three"));
                LoadClient client = new LoadClient(server.uri(), 1)) {
            for (int i = 0; i < 20; i++) {
                Told told = send(client);
                Outcome outcome = told.await();
                assertThat(outcome.kind()).isEqualTo(Outcome.Kind.COMPLETED);
                assertThat(told.tokens).containsExactly(true, false, false);
                assertThat(outcome.ttft()).isPositive().isLessThanOrEqualTo(outcome.endToEnd());
            }
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    @Test
    void send_afterTheServerHasClosed_opensAnother() throws Exception {
        try (FakeServer server = new FakeServer(number -> FakeServer.STREAM + "connection: close\r\n\r\n");
                LoadClient client = new LoadClient(server.uri(), 1)) {
            for (int i = 0; i < 5; i++) {
                assertThat(send(client).await().problem()).contains("the stream ended without [DONE]");
                // The connection counts until its close is heard of.
                CompletableFuture<Boolean> gone = new CompletableFuture<>();
                awaitRoom(client, gone);
                assertThat(gone.get(1, TimeUnit.MINUTES)).isTrue();
            }
            assertThat(server.connections()).isEqualTo(5);
        }
    }

    private static void awaitRoom(LoadClient client, CompletableFuture<Boolean> gone) {
        client.loop().execute(() -> {
            if (client.connections() == 0) {
                gone.complete(true);
            } else {
                awaitRoom(client, gone);
            }
        });
    }

    @Test
    void send_nobodyListens_fails() throws Exception {
        FakeServer server = new FakeServer(number -> "");
        server.close();
        try (LoadClient client = new LoadClient(server.uri(), 1)) {
            assertThat(send(client).await().problem()).contains("no connection");
        }
    }
}
