package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.RawClient.Reply;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Rows H1 to H6, H17 and H18 of the threats: messages that are too large, too slow, or no HTTP. */
@Tag("slow")
final class HttpThreatsTest extends Siege {
    private static final String GET = "GET / HTTP/1.1\r\n" + HOST;
    private static final String POST = "POST /v1/completions HTTP/1.1\r\n" + HOST;
    private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";
    private static final String BODY = "{\"prompt\":[1],\"max_tokens\":1}";
    private static final String SMUGGLED = "GET /v1/models HTTP/1.1\r\n" + HOST + "\r\n";

    static Stream<Arguments> messages() {
        return Stream.of(
                Arguments.of("H1 long line", 414, "GET /" + "a".repeat(5_000) + " HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("H1 long method", 414, "A".repeat(5_000) + " / HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("H1 long header", 431, GET + "X: " + "a".repeat(20_000) + "\r\n\r\n"),
                Arguments.of("H1 long name", 431, GET + "X".repeat(20_000) + ": a\r\n\r\n"),
                Arguments.of("H1 many headers", 431, GET + "X: a\r\n".repeat(101) + "\r\n"),
                Arguments.of("H1 very many headers", 431, GET + "X: aaaaaaaaaa\r\n".repeat(2_000) + "\r\n"),
                Arguments.of("H2 declared", 413, POST + "Content-Length: 10737418240\r\n\r\nabcd"),
                Arguments.of("H2 chunks", 413, CHUNKED + ("3e8\r\n" + "a".repeat(1_000) + "\r\n").repeat(21)),
                Arguments.of("H2 tiny chunks", 413, CHUNKED + "1\r\na\r\n".repeat(20_001)),
                Arguments.of("H2 long extension", 400, CHUNKED + "1;" + "x".repeat(5_000) + "\r\na\r\n0\r\n\r\n"),
                Arguments.of("H2 trailers", 431, CHUNKED + "0\r\n" + "X: aaaaaaaaaaaa\r\n".repeat(2_000) + "\r\n"),
                Arguments.of("H17 HTTP/2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                Arguments.of("H17 TLS", 400, "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n"),
                Arguments.of("H17 PROXY", 400, "PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + GET + "\r\n"),
                Arguments.of("H17 PROXY 2", 400, "\r\n\r\n\u0000\r\nQUIT\n!\u0011\u0000\u000c" + GET + "\r\n"),
                Arguments.of(
                        "H17 WebSocket",
                        400,
                        GET + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n"),
                Arguments.of("H17 CONNECT", 405, "CONNECT example.com:443 HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("H17 TRACE", 405, "TRACE / HTTP/1.1\r\n" + HOST + "\r\n"),
                Arguments.of("H18 over the limit", 413, POST + "Expect: 100-continue\r\nContent-Length: 20001\r\n\r\n"),
                Arguments.of("H18 another", 417, POST + "Expect: magic\r\nContent-Length: 4\r\n\r\nabcd"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("messages")
    void message_thatIsTooMuchOrNoHttp_isRefusedOnceAndTheConnectionCloses(String name, int status, String message)
            throws IOException {
        String answer = answer(message + SMUGGLED);

        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        requireRefusal(answer);
    }

    /** H4: whatever two readers could understand differently. */
    static Stream<Arguments> ambiguities() {
        String zero = "0\r\n\r\n";
        Stream<String> codings = Stream.of(
                        "chunked, identity",
                        "identity",
                        "gzip, chunked",
                        "chunked, gzip",
                        "chunked, chunked",
                        "xchunked",
                        "chunked;q=1",
                        "\"chunked\"",
                        "chunked,",
                        ", chunked",
                        ",",
                        "chunked chunked",
                        "\u000bchunked",
                        "chunked\u000b",
                        "chunked\u0000",
                        "\u0000chunked",
                        "cow",
                        "",
                        "chunked\u0085",
                        "chunked\u00a0",
                        "identity, chunked",
                        "chunked\r\n identity",
                        "chunked\n")
                .map(value -> POST + "Transfer-Encoding: " + value + "\r\n\r\n" + zero);
        Stream<String> lengths = Stream.of(
                        "+4",
                        "-4",
                        "4,4",
                        "4, 5",
                        "4 4",
                        "0x4",
                        "4.0",
                        "\uff14",
                        "",
                        " ",
                        "99999999999999999999",
                        "4\u0000",
                        "1e1",
                        "4;",
                        "4x",
                        "\u000b4",
                        "4\u000b",
                        "4,",
                        ",4",
                        "0, 4")
                .map(value -> POST + "Content-Length: " + value + "\r\n\r\nabcd");
        Stream<String> framings = Stream.of(
                        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + zero,
                        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + zero,
                        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + zero,
                        "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
                        "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
                        "Content-Length: 4\r\ncontent-length: 4\r\n\r\nabcd",
                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + zero,
                        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + zero,
                        "Transfer-Encoding : chunked\r\n\r\n" + zero,
                        "Transfer-Encoding\u0000: chunked\r\n\r\n" + zero,
                        "Transfer-Encoding\t: chunked\r\n\r\n" + zero,
                        "X: y\r\n Transfer-Encoding: chunked\r\n\r\n" + zero,
                        "Transfer-Encoding:\r\n chunked\r\n\r\n" + zero,
                        "X: a\rTransfer-Encoding: chunked\r\n\r\n" + zero,
                        "X: a\nTransfer-Encoding: chunked\r\n\r\n" + zero)
                .map(headers -> POST + headers);
        Stream<String> chunks = Stream.of(
                        "g\r\n",
                        "-1\r\n",
                        "+5\r\nabcde\r\n",
                        "0x5\r\nabcde\r\n",
                        "\r\n",
                        "5;ext\nabcde\r\n",
                        "5\nabcde\r\n",
                        "5\r\nabcdeXX",
                        "5\r\nabcde0\r\n\r\n",
                        "5\r\nabcde\n0\r\n\r\n",
                        "FFFFFFFFFFFFFFFF0\r\n",
                        "80000000\r\n",
                        "5 5\r\nabcde\r\n",
                        "5\u0000\r\nabcde\r\n",
                        "5;a=\"\n\"\r\nabcde\r\n",
                        "5\r\nabcde\r0\r\n\r\n",
                        "5;\u0000\r\nabcde\r\n",
                        "0\r\nX y: 1\r\n\r\n",
                        "0\r\nX\u0000: 1\r\n\r\n",
                        "0\n\n",
                        "0\r\nX: 1\n\r\n")
                .map(chunk -> CHUNKED + chunk);
        Stream<String> headers = Stream.of(
                        "Y : x",
                        "Y\t: x",
                        " Y: x",
                        "\tY: x",
                        "X Y: 1",
                        "X\u0000: 1",
                        "X\u007f: 1",
                        "\u00e9: 1",
                        ": 1",
                        "NoColon",
                        "(x): 1",
                        "X: a\rb",
                        "X: a\u0000b",
                        "X: a\u000bb",
                        "X: a\r\n b",
                        "X: a\r\n\tb",
                        "X\r: 1",
                        "X: \u0001",
                        "X\u0001Y: 1",
                        "\u0000",
                        "X{: 1",
                        "X=: 1",
                        "X/Y: 1",
                        "X@: 1",
                        "X[: 1",
                        "X\\: 1",
                        "X,: 1")
                .map(header -> GET + header + "\r\n\r\n");
        Stream<String> lines = Stream.of(
                        "GET /\tHTTP/1.1",
                        " GET / HTTP/1.1",
                        "\u0000GET / HTTP/1.1",
                        "\u0001GET / HTTP/1.1",
                        "GET / HTTP/1,1",
                        "GET / http/1.1",
                        "GET / HTTP/01.1",
                        "GET / HTTP/1.10",
                        "GET / HTTP/2.0",
                        "GET / HTTP/0.9",
                        "GET /",
                        "GET",
                        "G\u0000T / HTTP/1.1",
                        "GET /\u0000 HTTP/1.1",
                        "GET /\u007f HTTP/1.1",
                        "GET / \u000bHTTP/1.1",
                        "GET\u000b/ HTTP/1.1",
                        "GET / HTTP/1.1 x",
                        "GET / HTTP/1.1\t",
                        "GET / HTTP/1.1 ",
                        "G(T / HTTP/1.1",
                        "GET / FTP/1.1",
                        "GET / HTTP/1.x",
                        "GET / HTTP/-1.1",
                        "\u00e9 / HTTP/1.1",
                        "GET / HTTP/1.1\r",
                        "GET /a b HTTP/1.1",
                        "GET /%zz HTTP/1.1",
                        "GET /%c0%af%ff HTTP/1.1\r\nX : y")
                .map(line -> line + "\r\n" + HOST + "\r\n");
        Stream<String> bare = Stream.of(
                "GET / HTTP/1.1\nHost: localhost\n\n",
                "GET / HTTP/1.1\r\nHost: localhost\n\r\n",
                "GET / HTTP/1.1\nHost: localhost\r\n\r\n",
                "GET / HTTP/1.1\rHost: localhost\r\r",
                "GET / HTTP/1.1\r\nHost: localhost\r\n\n");
        Stream<String> hosts = Stream.of("", HOST + HOST, "Host: localhost\r\nhost: other\r\n")
                .map(host -> "GET / HTTP/1.1\r\n" + host + "\r\n");
        Stream<String> old = Stream.of(
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + zero,
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + zero,
                "POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n");
        return Stream.of(codings, lengths, framings, chunks, headers, lines, bare, hosts, old)
                .flatMap(group -> group)
                .map(Arguments::of);
    }

    @ParameterizedTest(name = "H4 {index}")
    @MethodSource("ambiguities")
    void h4_messageThatCouldBeReadInTwoWays_isRefusedAndNothingBehindItIsExecuted(String message) throws IOException {
        String answer = answer(message + SMUGGLED);

        assertThat(answer).matches(Pattern.compile("HTTP/1\\.1 (400|405|413|431|505) .*", Pattern.DOTALL));
        requireRefusal(answer);
    }

    private static void requireRefusal(String answer) {
        assertThat(Pattern.compile("HTTP/1\\.1 \\d{3}").matcher(answer).results())
                .hasSize(1);
        assertThat(answer)
                .doesNotContain("\"object\":\"list\"")
                .containsIgnoringCase("\r\nconnection: close")
                .containsIgnoringCase("\r\ncontent-type: application/json")
                .contains("\r\nx-request-id: req_")
                .contains("\r\n\r\n{\"error\":{\"message\":\"");
    }

    private String answer(String message) throws IOException {
        try (RawClient client = connect()) {
            try {
                client.send(message);
            } catch (SocketException e) {
                // cut off while sending: what was answered before is what counts
            }
            return client.whatComes();
        }
    }

    @Test
    void h2_bodyOfOneByteChunks_isReadWhole() throws IOException {
        StringBuilder chunks = new StringBuilder();
        BODY.chars().forEach(c -> chunks.append("1\r\n").append((char) c).append("\r\n"));

        try (RawClient client = connect()) {
            client.send(CHUNKED + chunks + "0\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void h2_lengthsThatAreOnlyPromised_holdNoMemory() throws IOException {
        RawClient[] clients = new RawClient[100];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = connect();
            clients[i].send(POST + "Content-Length: 20000\r\n\r\n{");
        }
        await().until(() -> server.http().heldBytes() >= clients.length);
        assertThat(server.http().heldBytes()).isLessThanOrEqualTo(clients.length + CONTROL_BODY);
        for (RawClient client : clients) {
            client.close();
        }
    }

    @Test
    void h5_requestsSentAheadWithoutReading_stayInTheSocket() throws IOException {
        byte[] requests = SMUGGLED.repeat(1_000).getBytes(StandardCharsets.ISO_8859_1);
        try (RawClient client = connect()) {
            client.socket().setReceiveBufferSize(4096);
            Thread sender = new Thread(() -> sendUntilCut(client, requests), "ahead");
            sender.start();
            // The server stops reading: sending comes to a halt, long before the 16 million requests are through.
            for (int i = 0; i < 1_000; i++) {
                client.read();
            }
        }
    }

    private static void sendUntilCut(RawClient client, byte[] requests) {
        try {
            for (int i = 0; i < 16_000; i++) {
                client.send(requests);
            }
        } catch (IOException e) {
            return; // the test is over
        }
    }

    @Test
    void h5_requestsSentAhead_areAnsweredInOrder() throws IOException {
        try (RawClient client = connect()) {
            for (int tokens = 1; tokens <= 20; tokens++) {
                client.post("/v1/completions", "{\"prompt\":[1],\"max_tokens\":" + tokens + "}");
            }
            for (int tokens = 1; tokens <= 20; tokens++) {
                assertThat(client.read().body()).contains("\"completion_tokens\":" + tokens + ",");
            }
        }
    }

    @Test
    void h18_expectContinueWithinTheLimit_isTold() throws IOException {
        try (RawClient client = connect()) {
            client.send(POST + "Expect: 100-continue\r\nContent-Length: " + BODY.length() + "\r\n\r\n");
            assertThat(client.head()).startsWith("HTTP/1.1 100 Continue\r\n");
            client.send(BODY);
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.closes()).isFalse();
        }
    }

    @Test
    void h17_offerOfHttp2_isPassedOver() throws IOException {
        try (RawClient client = connect()) {
            client.send(
                    GET + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void h8_connectionCutInTheMiddleOfARequest_leavesNothing() throws IOException {
        for (String part : new String[] {"G", GET, POST + "Content-Length: 100\r\n\r\n{\"pro", CHUNKED + "5\r\nab"}) {
            try (RawClient client = connect()) {
                client.send(part);
                client.socket().setSoLinger(true, 0);
            }
        }
    }

    @Test
    void stream_toAnOldClient_endsWithTheConnection() throws IOException {
        String body = "{\"prompt\":[1],\"max_tokens\":2,\"stream\":true}";
        assertThat(answer("POST /v1/completions HTTP/1.0\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))
                .doesNotContainIgnoringCase("transfer-encoding")
                .containsIgnoringCase("connection: close")
                .endsWith("data: [DONE]\n\n");
    }
}
