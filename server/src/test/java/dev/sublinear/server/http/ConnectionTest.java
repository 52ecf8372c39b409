package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.engine.ScriptedModel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows H1 to H6 and H17, H18 of the threats, as far as one connection goes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ConnectionTest {
    private static final String HOST = "Host: localhost\r\n";
    private static final String SMUGGLED = "GET /health/live HTTP/1.1\r\n" + HOST + "\r\n";

    private TestServer server;

    @BeforeAll
    void start() {
        server = TestServer.start(ScriptedModel.repeating("x "));
    }

    @AfterAll
    void close() {
        server.close();
    }

    static Stream<Arguments> broken() {
        String post = "POST /v1/completions HTTP/1.1\r\n" + HOST;
        return Stream.of(
                Arguments.of("long line", 414, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("long header", 431, "GET / HTTP/1.1\r\n" + HOST + "X: " + "a".repeat(20_000) + "\r\n\r\n"),
                Arguments.of(
                        "many headers", 431, "GET / HTTP/1.1\r\n" + HOST + "X: aaaaaaaaaa\r\n".repeat(2_000) + "\r\n"),
                Arguments.of(
                        "both lengths", 400, post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("two lengths", 400, post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"),
                Arguments.of("negative length", 400, post + "Content-Length: -1\r\n\r\n"),
                Arguments.of("length that is no number", 400, post + "Content-Length: 4x\r\n\r\nabcd"),
                Arguments.of("another coding", 400, post + "Transfer-Encoding: gzip\r\n\r\n"),
                Arguments.of("two codings", 400, post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
                Arguments.of(
                        "coding twice",
                        400,
                        post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("coding in 1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                Arguments.of("space before colon", 400, "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n"),
                Arguments.of("control in name", 400, "GET / HTTP/1.1\r\n" + HOST + "X\u0001Y: 1\r\n\r\n"),
                Arguments.of("nul in value", 400, "GET / HTTP/1.1\r\n" + HOST + "X: a\u0000b\r\n\r\n"),
                Arguments.of("bare line feed", 400, "GET / HTTP/1.1\nHost: localhost\n\n"),
                Arguments.of("chunk of no size", 400, post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"),
                Arguments.of("no host", 400, "GET / HTTP/1.1\r\n\r\n"),
                Arguments.of("two hosts", 400, "GET / HTTP/1.1\r\n" + HOST + HOST + "\r\n"),
                Arguments.of("bad escape", 400, "GET /%zz HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("another expectation", 417, post + "Expect: magic\r\nContent-Length: 4\r\n\r\nabcd"),
                Arguments.of("HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                Arguments.of("declared too long", 413, post + "Content-Length: 10737418240\r\n\r\nabcd"),
                Arguments.of(
                        "declared too long, waiting",
                        413,
                        post + "Expect: 100-continue\r\nContent-Length: 20001\r\n\r\n"),
                Arguments.of(
                        "chunks too long",
                        413,
                        post + "Transfer-Encoding: chunked\r\n\r\n"
                                + ("3e8\r\n" + "a".repeat(1_000) + "\r\n").repeat(21)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void anyBrokenMessage_isAnsweredOnceAndTheConnectionCloses(String name, int status, String message)
            throws IOException {
        String answer = server.exchange(message + SMUGGLED);

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(count("HTTP/1.1 ", answer))
                .as("what came behind it is not executed")
                .isEqualTo(1);
        assertThat(answer)
                .containsIgnoringCase("connection: close")
                .contains("x-request-id: req_")
                .contains("{\"error\":{\"message\":\"");
    }

    @Test
    void requests_sentAhead_areAnsweredInOrder() throws IOException {
        String answer = server.exchange(
                SMUGGLED.repeat(300) + "GET /v1/models HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n" + SMUGGLED);

        assertThat(count("HTTP/1.1 200 OK", answer)).isEqualTo(301);
        assertThat(answer.substring(answer.lastIndexOf("HTTP/1.1 "))).contains("\"object\":\"list\"");
    }

    @Test
    void generations_sentAhead_areAnsweredInOrder() throws IOException {
        StringBuilder requests = new StringBuilder();
        for (int tokens = 1; tokens <= 20; tokens++) {
            String body = "{\"prompt\":[1],\"max_tokens\":" + tokens + "}";
            requests.append("POST /v1/completions HTTP/1.1\r\n")
                    .append(HOST)
                    .append(tokens == 20 ? "Connection: close\r\n" : "")
                    .append("Content-Length: ")
                    .append(body.length())
                    .append("\r\n\r\n")
                    .append(body);
        }

        String answer = server.exchange(requests.toString());

        assertThat(Pattern.compile("\"completion_tokens\":(\\d+)")
                        .matcher(answer)
                        .results()
                        .map(match -> Integer.valueOf(match.group(1))))
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 20).boxed().toList());
    }

    @Test
    void chunkedBody_ofOneByteChunks_isReadWhole() throws IOException {
        String body = "{\"prompt\":[1],\"max_tokens\":1}";
        StringBuilder chunks = new StringBuilder();
        body.chars().forEach(c -> chunks.append("1\r\n").append((char) c).append("\r\n"));

        String answer = server.exchange("POST /v1/completions HTTP/1.1\r\n" + HOST
                + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK");
    }

    @Test
    void expectContinue_withinTheLimit_isTold() throws IOException {
        String body = "{\"prompt\":[1],\"max_tokens\":1}";
        String answer = server.exchange("POST /v1/completions HTTP/1.1\r\n" + HOST
                + "Connection: close\r\nExpect: 100-continue\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer).startsWith("HTTP/1.1 100 Continue\r\n\r\n").contains("HTTP/1.1 200 OK");
    }

    @Test
    void stream_toAnOldClient_endsWithTheConnection() throws IOException {
        String body = "{\"prompt\":[1],\"max_tokens\":2,\"stream\":true}";
        String answer = server.exchange(
                "POST /v1/completions HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

        assertThat(answer)
                .doesNotContainIgnoringCase("transfer-encoding")
                .containsIgnoringCase("connection: close")
                .endsWith("data: [DONE]\n\n");
    }

    @Test
    void request_thatTakesTooLong_is408EvenIfItTrickles() throws IOException {
        try (TestServer impatient = TestServer.impatient(ScriptedModel.repeating("x "), Duration.ofMillis(200));
                Socket socket = impatient.connect()) {
            Thread trickle = new Thread(() -> trickle(socket));
            trickle.start();
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            trickle.interrupt();

            assertThat(answer).startsWith("HTTP/1.1 408 ").contains("\"code\":\"request_timeout\"");
        }
    }

    @SuppressWarnings("ThreadSleep")
    private static void trickle(Socket socket) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write('a');
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            return; // the server has closed, or the test is over
        }
    }

    @Test
    void body_thatTakesTooLong_is408() throws IOException {
        try (TestServer impatient = TestServer.impatient(ScriptedModel.repeating("x "), Duration.ofMillis(200))) {
            assertThat(impatient.exchange("POST /v1/completions HTTP/1.1\r\n" + HOST + "Content-Length: 9\r\n\r\n{"))
                    .startsWith("HTTP/1.1 408 ");
        }
    }

    @Test
    void connection_thatIdles_isClosedWithoutAWord() throws IOException {
        try (TestServer impatient = TestServer.impatient(ScriptedModel.repeating("x "), Duration.ofMillis(200))) {
            assertThat(impatient.exchange("")).isEmpty();
            String answer = impatient.exchange(SMUGGLED);
            assertThat(count("HTTP/1.1 ", answer)).isEqualTo(1);
            assertThat(answer).startsWith("HTTP/1.1 200 OK");
        }
    }

    private static long count(String what, String text) {
        return Pattern.compile(Pattern.quote(what)).matcher(text).results().count();
    }
}
