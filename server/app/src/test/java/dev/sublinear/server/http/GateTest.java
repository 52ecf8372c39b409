package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.engine.settings.ConfigException;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.config.HttpConfig.Callers;
import dev.sublinear.server.http.RawClient.Reply;
import dev.sublinear.server.web.Page;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows H13 and H14 of the threats: who may ask, and from where. */
final class GateTest {
    @TempDir
    private Path directory;

    private Path keys(String... lines) throws IOException {
        return Files.write(directory.resolve("keys"), List.of(lines));
    }

    private static String line(String name, String key) {
        return TestKeys.line(name, key);
    }

    private static TestServer start(HttpConfig config) {
        return TestServer.start(ScriptedModel.repeating("x "), config);
    }

    private static Reply ask(TestServer server, String method, String path, String... headers) throws IOException {
        try (RawClient client = new RawClient(server.connect())) {
            String all = String.join("\r\n", headers);
            client.send(method + " " + path + " HTTP/1.1\r\n" + all + (all.isEmpty() ? "" : "\r\n")
                    + (all.contains("Host:") ? "" : "Host: localhost\r\n") + "\r\n");
            return client.read();
        }
    }

    @Test
    void h14_everyRouteButHealth_asksForAKey() throws Exception {
        Path file = keys("# who", "", line("alice", "sk-1"), line("bob", "sk-2"));
        try (TestServer server = start(TestServer.CONFIG.with(new Callers.KeyHolders(file)))) {
            for (Router.Route route : server.routes()) {
                String path =
                        route.path().endsWith("/") && route.path().length() > 1 ? route.path() + "x" : route.path();
                String method = route.method();
                Reply without = ask(server, method, path);
                assertThat(without.status() == 401).as(path).isEqualTo(!route.open());
                try (RawClient client = new RawClient(server.connect())) { // some replies never end
                    client.send(
                            method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-2\r\n\r\n");
                    assertThat(client.head()).as(path).doesNotStartWith("HTTP/1.1 401");
                }
            }
            assertThat(server.routes().stream().filter(Router.Route::open).map(Router.Route::path))
                    .as("health, and the page's own files")
                    .containsExactlyInAnyOrder("/health/live", "/health/ready", "/", Page.PREFIX);
            assertThat(ask(server, "GET", "/nothing").status()).isEqualTo(401);
            assertThat(ask(server, "OPTIONS", "/v1/models").status()).isEqualTo(401);
            assertThat(ask(server, "GET", "/health/../metrics").status()).isEqualTo(401);
            assertThat(ask(server, "GET", "/health/live/").status()).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer ",
                "Bearer sk-3",
                "bearer sk-10",
                "sk-1",
                "Basic",
                "Basic !!!",
                "Digest sk-1",
                "Bearer sk-1 sk-1"
            })
    void h14_wrongKey_isRefusedAndTheConnectionStays(String authorization) throws Exception {
        try (TestServer server = start(TestServer.CONFIG.with(new Callers.KeyHolders(keys(line("alice", "sk-1")))))) {
            Reply reply = ask(server, "GET", "/v1/models", "Authorization: " + authorization);
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.closes()).isFalse();
            assertThat(reply.body())
                    .contains("\"type\":\"authentication_error\"")
                    .contains("\"invalid_api_key\"");
            assertThat(reply.head().toLowerCase(Locale.ROOT)).contains("\r\nwww-authenticate: ");
        }
    }

    @Test
    void h14_keyAsABrowsersPassword_isTaken() throws Exception {
        try (TestServer server = start(TestServer.CONFIG.with(new Callers.KeyHolders(keys(line("alice", "sk-1")))))) {
            String basic = Base64.getEncoder().encodeToString("anyone:sk-1".getBytes(StandardCharsets.UTF_8));
            assertThat(ask(server, "GET", "/metrics", "Authorization: Basic " + basic)
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void h14_keysThatChange_areReadAgainAndFaultyOnesAreNot() throws Exception {
        Path file = keys(line("alice", "sk-1"));
        try (TestServer server = start(TestServer.CONFIG.with(new Callers.KeyHolders(file)))) {
            keys(line("alice", "sk-2"), line("bob", "sk-3"));
            await().until(() -> ask(server, "GET", "/v1/models", "Authorization: Bearer sk-3")
                            .status()
                    == 200);
            assertThat(ask(server, "GET", "/v1/models", "Authorization: Bearer sk-1")
                            .status())
                    .isEqualTo(401);
            keys("broken");
            await().pollDelay(java.time.Duration.ofSeconds(2)).until(() -> true);
            assertThat(ask(server, "GET", "/v1/models", "Authorization: Bearer sk-2")
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "alice", "alice:", ":00", "alice:zz", "alice:abcd", "# nobody"})
    void keys_faultyFile_saysTheRuleAndNotTheKey(String line) throws IOException {
        Path file = keys(line);
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(() -> ApiKeys.read(file))
                .withMessageStartingWith(file.toString())
                .withMessageNotContaining("abcd");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,200",
        "LocalHost:8080,200",
        "127.0.0.1:80,200",
        "[::1]:80,200",
        "[::1],200",
        "evil.example,403",
        "localhost.evil.example,403",
        "evil.example:8080,403",
        "127.0.0.2,403",
        "localhost:80:80,403",
        "'',403"
    })
    void h13_hostOnTheLoopbackInterface_mustBeOfIt(String host, int status) throws IOException {
        try (TestServer server = start(TestServer.CONFIG)) {
            assertThat(ask(server, "GET", "/v1/models", "Host: " + host).status())
                    .isEqualTo(status);
            assertThat(ask(server, "GET", "/health/live", "Host: " + host).status())
                    .isEqualTo(200);
        }
    }

    /** RFC 9112, 3.2.2: what a client sends to a proxy; the address counts, not the header. */
    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080/v1/models,localhost,200",
        "HTTP://LocalHost/v1/models?a=http://b,localhost,200",
        "http://[::1]:80/v1/models/org/scripted,evil.example,200",
        "http://127.0.0.1/v1/models,evil.example,200",
        "http://evil.example/v1/models,localhost,403",
        "http://localhost.evil.example/v1/models,localhost,403",
        "http://evil.example/health/live,localhost,200",
        "https://localhost/v1/models,localhost,403",
        "ftp://localhost/v1/models,localhost,403",
        "http://localhost,localhost,200",
        "http://localhost?a=/v1/models,localhost,200",
        "http://localhost/v1/%zz,localhost,400",
        "http:///v1/models,localhost,400",
        "http://localhost@evil.example/v1/models,localhost,400",
        "http://evil@localhost/v1/models,localhost,400",
        "http:/localhost/v1/models,localhost,404",
        "/http://localhost/v1/models,localhost,404"
    })
    void h13_absoluteTarget_itsHostMustBeOurs(String target, String host, int status) throws IOException {
        try (TestServer server = start(TestServer.CONFIG)) {
            assertThat(ask(server, "GET", target, "Host: " + host).status()).isEqualTo(status);
        }
    }

    @Test
    void h13_absoluteTarget_stillNeedsAHostHeaderAndAKey() throws Exception {
        String line = "GET http://localhost/v1/models HTTP/1.";
        try (TestServer server = start(TestServer.CONFIG)) {
            assertThat(server.exchange(line + "1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(server.exchange(line + "0\r\n\r\n")).startsWith("HTTP/1.1 200 ");
            assertThat(server.exchange("GET http://evil.example/v1/models HTTP/1.0\r\n\r\n"))
                    .startsWith("HTTP/1.1 403 ");
        }
        try (TestServer server = start(TestServer.CONFIG.with(new Callers.KeyHolders(keys(line("alice", "sk-1")))))) {
            assertThat(ask(server, "GET", "http://localhost/v1/models").status())
                    .isEqualTo(401);
        }
    }
}
