package dev.sublinear.server.http.threats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.http.RawClient;
import dev.sublinear.server.http.RawClient.Reply;
import dev.sublinear.server.http.TestServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Row H21 of the threats: every route of the server with every method. A client that reads one reply as HTTP has it must find the
 * next where it ends, or the two are out of step, and so is whoever shares the connection through a proxy.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EveryMethodTest {
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "Head", "PROPFIND", "X");
    private static final String NEXT = "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

    private TestServer server;

    @BeforeAll
    void start() {
        server = TestServer.start(ScriptedModel.repeating("x "));
    }

    @AfterAll
    void close() {
        server.close();
    }

    Stream<Arguments> all() {
        List<String> paths = new ArrayList<>(List.of("/nothing", "/v1/models/", "*"));
        server.known().forEach(known -> paths.addAll(known.examples()));
        return paths.stream().distinct().flatMap(path -> METHODS.stream().map(method -> Arguments.of(method, path)));
    }

    private static String request(String method, String path) {
        String body = method.equals("POST") ? "Content-Length: 2\r\n\r\n{}" : "\r\n";
        return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + body;
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("all")
    void h21_anyMethodOfAnyRoute_isAnsweredSoThatTheNextReplyIsFound(String method, String path) throws IOException {
        TreeSet<String> taken = server.known().stream()
                .filter(known -> known.examples().contains(path))
                .flatMap(known -> known.method().equals("GET") ? Stream.of("GET", "HEAD") : Stream.of(known.method()))
                .collect(Collectors.toCollection(TreeSet::new));
        try (RawClient client = new RawClient(server.connect())) {
            client.send(request(method, path));
            if (method.equals("HEAD")) {
                requireHead(client, path);
            } else {
                Reply reply = client.readUnlessItGoesOn();
                assertThat(reply.status() == 405).isEqualTo(!taken.isEmpty() && !taken.contains(method));
                if (reply.status() == 405) {
                    assertThat(reply.head()).contains("\r\nallow: " + String.join(", ", taken) + "\r\n");
                }
                if (reply.head().contains("text/event-stream")) {
                    return; // goes on for ever, as it should
                }
            }
            client.send(NEXT);
            Reply next = client.read();
            assertThat(next.status()).isEqualTo(200);
            assertThat(next.body()).isEqualTo("ok\n");
        }
    }

    /** Its head is that of GET, and there is no more. */
    private void requireHead(RawClient client, String path) throws IOException {
        String head = client.head();
        try (RawClient other = new RawClient(server.connect())) {
            other.send(request("GET", path));
            Reply get = other.readUnlessItGoesOn();
            assertThat(head.substring(0, 12)).isEqualTo(get.head().substring(0, 12));
            assertThat(names(head)).isEqualTo(names(get.head()));
            if (!path.equals("/metrics")) { // which has other numbers by then
                assertThat(length(head)).isEqualTo(length(get.head()));
            }
        }
    }

    private static List<String> names(String head) {
        return head.lines()
                .skip(1)
                .map(line -> line.replaceFirst(":.*", "").toLowerCase(Locale.ROOT))
                .toList();
    }

    private static Optional<String> length(String head) {
        Matcher matcher = LENGTH.matcher(head);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** What ends the connection has no body either. */
    @ParameterizedTest
    @CsvSource({
        "HTTP/9.9,Host: localhost,505",
        "HTTP/1.1,X: a,400",
        "HTTP/1.1,Content-Length: 99999999\\r\\nHost: localhost,413"
    })
    void h21_headThatIsRefused_hasNoBody(String version, String headers, int status) throws IOException {
        String answer = server.exchange("HEAD / " + version + "\r\n" + headers.replace("\\r\\n", "\r\n") + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ").endsWith("\r\n\r\n");
        assertThat(answer.split("\r\n\r\n", -1)).hasSize(2);
    }

    @Test
    void h21_headOfAStream_isNotFollowed() throws IOException {
        try (RawClient client = new RawClient(server.connect())) {
            for (int i = 0; i < 100; i++) {
                client.send(request("HEAD", "/api/sequences"));
                assertThat(client.head()).startsWith("HTTP/1.1 200 ").contains("text/event-stream");
            }
            client.send(NEXT + NEXT);
            assertThat(client.read().body()).isEqualTo("ok\n");
            assertThat(client.read().body()).isEqualTo("ok\n");
        }
    }
}
