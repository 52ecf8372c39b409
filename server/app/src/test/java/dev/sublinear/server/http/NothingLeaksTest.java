package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sends hostile text to every route: no reply, line of the access log or label of a meter may have control characters,
 * anything of this process's inside, or client text without bound.
 */
final class NothingLeaksTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String LONG = "zq".repeat(3_000);
    private static final List<String> NASTY = List.of(
            "\u001b[31mred",
            "a\r\nX-Injected: zq",
            "\u0000\u0007\u007f",
            "\u0085\u009b31m\u2028\u2029",
            "${jndi:ldap://zq}",
            "../../../../etc/passwd",
            "%s%n%x{{7*7}}<script>zq</script>\"'\\",
            "\ud83d\ude00\u202e",
            LONG);
    private static final Pattern INSIDE = Pattern.compile(
            "Exception|\\bat (dev|java|io)\\.|\\.java\\b|com\\.fasterxml|io\\.netty|ai\\.djl|libtorch|/home/|/root/|/tmp/|/work/|0x[0-9a-f]{6}");
    private static final String SECRET = "libtorch at 0xdeadbeef read /home/secret/weights";

    @TempDir
    private static Path directory;

    private final List<String> replies = new ArrayList<>();

    @Test
    void anything_sentAnywhere_comesBackTameAndShort() throws IOException {
        Path log = directory.resolve("access.log");
        HttpConfig config = TestServer.CONFIG.with(new HttpConfig.AccessLog.File(log));
        try (TestServer server = TestServer.start(ScriptedModel.repeating("x "), config)) {
            for (Router.Route route : server.routes()) {
                for (String nasty : NASTY) {
                    attack(server, route, nasty);
                }
            }
            await().until(() -> Files.readAllLines(log).size() >= replies.size());
            replies.forEach(NothingLeaksTest::requireTame);
            for (String line : Files.readAllLines(log)) {
                JsonNode entry = JSON.readTree(line); // one request, one line
                assertThat(entry.get("id").textValue()).startsWith("req_");
                assertThat(line).hasSizeLessThan(4_000).doesNotContain(LONG);
                requireNoControls(line);
            }
            String metrics = server.get("/metrics").body();
            assertThat(metrics).doesNotContain("zq", "jndi", "etc/passwd", "<script>");
            Pattern.compile("=\"([^\"]*)\"")
                    .matcher(metrics)
                    .results()
                    .forEach(label -> assertThat(label.group(1))
                            .hasSizeLessThanOrEqualTo(100)
                            .matches("[ -~]*"));
        }
        assertThat(replies).hasSizeGreaterThan(1_000);
    }

    private void attack(TestServer server, Router.Route route, String nasty) throws IOException {
        String path = route.path();
        String method = route.method();
        String escaped = URLEncoder.encode(nasty, StandardCharsets.UTF_8);
        String below = path.endsWith("/") && path.length() > 1 ? path + "x" : path;
        for (String target : List.of(path + "?q=" + escaped, path + (path.endsWith("/") ? "" : "/") + escaped)) {
            exchange(server, method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        }
        String latin = nasty.replace("\r\n", "").replaceAll("[\\p{Cntrl}&&[^\t]]", "");
        for (String header : List.of(
                "User-Agent", "X-Request-Id", "Authorization", "Origin", "If-None-Match", "x-request-timeout-ms")) {
            exchange(
                    server,
                    method + " " + below + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + ": "
                            + latin + "\r\nContent-Length: 2\r\n\r\n{}");
        }
        if (method.equals("POST")) {
            for (String body : bodies(nasty)) {
                exchange(
                        server,
                        "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n"
                                + new String(body.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
            }
        }
    }

    /** The text as every kind of name and value that an error may tell of. */
    private static List<String> bodies(String nasty) throws IOException {
        String text = JSON.writeValueAsString(nasty);
        String chat = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":1,";
        return List.of(
                nasty,
                "{\"model\":" + text + ",\"prompt\":\"a\",\"tokens\":[5]}",
                "{" + text + ":1,\"prompt\":5,\"tokens\":5}",
                "{\"prompt\":\"a\",\"max_tokens\":" + text + "}",
                "{\"prompt\":\"a\",\"logit_bias\":{" + text + ":1}}",
                "{\"prompt\":\"a\",\"logit_bias\":{\"5\":" + text + "}}",
                "{\"prompt\":\"a\",\"kv_cache\":{\"budget\":" + text + "}}",
                "{\"prompt\":\"a\",\"kv_cache\":{\"scorer\":" + text + "}}",
                "{\"prompt\":\"a\",\"user\":" + text + ",\"max_tokens\":1}",
                "{\"messages\":[{\"role\":" + text + ",\"content\":\"a\"}]}",
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":" + text + "}]}]}",
                chat + "\"tool_choice\":" + text + "}",
                chat + "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":" + text + "}}]}",
                chat + "\"response_format\":{\"type\":" + text + "}}",
                chat + schema("{" + text + ":1}"),
                chat + schema("{\"type\":" + text + "}"),
                chat + schema("{\"type\":\"object\",\"properties\":{" + text + ":{\"type\":\"widget\"}}}"),
                chat + schema("{\"type\":\"string\",\"pattern\":" + text + "}"),
                chat + schema("{\"$ref\":" + text + "}"));
    }

    private static String schema(String schema) {
        return "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":" + schema
                + "}}}";
    }

    private void exchange(TestServer server, String message) throws IOException {
        try (RawClient client = new RawClient(server.connect())) {
            client.send(message);
            RawClient.Reply reply = client.readUnlessItGoesOn();
            replies.add(reply.head() + reply.body());
        }
    }

    private static void requireTame(String reply) {
        int end = reply.indexOf("\r\n\r\n");
        requireNoControls(reply.substring(0, end).replace("\r\n", " "));
        assertThat(reply.substring(0, end))
                .doesNotContainIgnoringCase("x-injected")
                .hasSizeLessThan(2_000);
        int status = Integer.parseInt(reply.substring(9, 12));
        assertThat(status).as(reply).isNotEqualTo(500);
        if (status >= 400) {
            String body = reply.substring(end + 4);
            requireNoControls(body);
            assertThat(body).hasSizeLessThan(8_000).doesNotContainPattern(INSIDE);
        }
    }

    private static void requireNoControls(String text) {
        assertThat(text.chars()).as(text).noneMatch(c -> Character.isISOControl(c) || c == '\u2028' || c == '\u2029');
    }

    @Test
    void failureOfTheEngine_isToldWithoutItsReason() {
        try (TestServer server = TestServer.start(new ScriptedModel(seen -> {
            throw new IllegalStateException(SECRET);
        }))) {
            for (String path : List.of("/v1/completions", "/v1/chat/completions")) {
                for (boolean streams : new boolean[] {false, true}) {
                    String body = server.post(
                                    path,
                                    "{\"prompt\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"stream\":"
                                            + streams + "}")
                            .body();
                    assertThat(body)
                            .contains("\"error\"")
                            .doesNotContainPattern(INSIDE)
                            .doesNotContain("secret");
                }
            }
            assertThat(server.get("/metrics").body()).doesNotContain("secret", "deadbeef");
        }
    }
}
