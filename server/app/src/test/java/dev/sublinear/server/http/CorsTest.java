package dev.sublinear.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.generation.ScriptedModel;
import dev.sublinear.server.config.HttpConfig;
import dev.sublinear.server.config.HttpConfig.Browsers;
import dev.sublinear.server.http.RawClient.Reply;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row H13 of the threats: which pages of other sites may ask. */
final class CorsTest {
    private static final String[] PREFLIGHT = {
        "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization, content-type"
    };

    private static TestServer start(String... origins) {
        HttpConfig config = TestServer.CONFIG.with(new Browsers(List.of("localhost"), List.of(origins)));
        return TestServer.start(ScriptedModel.repeating("x "), config);
    }

    private static Reply ask(TestServer server, String method, String path, String origin, String... headers)
            throws IOException {
        try (RawClient client = new RawClient(server.connect())) {
            client.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nOrigin: " + origin + "\r\n"
                    + String.join("\r\n", headers) + (headers.length == 0 ? "" : "\r\n") + "\r\n");
            return client.read();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example,403",
        "null,403",
        "http://localhost:1,403",
        "http://localhost.evil,403",
        "http://localhost,200",
        "HTTP://LocalHost,200",
        "https://localhost,200"
    })
    void h13_originWhereNoneIsAllowed_mustBeThisServers(String origin, int status) throws IOException {
        try (TestServer server = start()) {
            Reply reply = ask(server, "GET", "/v1/models", origin);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.head()).doesNotContainIgnoringCase("access-control");
        }
    }

    @Test
    void h13_originThatIsAllowed_isToldSo() throws IOException {
        try (TestServer server = start("https://App.example")) {
            for (String origin : List.of("https://app.example", "https://APP.example")) {
                Reply reply = ask(server, "GET", "/v1/models", origin);
                assertThat(reply.status()).isEqualTo(200);
                assertThat(reply.head())
                        .contains("access-control-allow-origin: " + origin + "\r\n")
                        .contains("access-control-expose-headers: x-request-id, retry-after\r\n")
                        .contains("vary: origin")
                        .doesNotContain("credentials");
            }
            assertThat(ask(server, "GET", "/v1/models", "https://evil.example").status())
                    .isEqualTo(403);
            assertThat(ask(server, "GET", "/v1/models", "http://app.example").status())
                    .as("another scheme")
                    .isEqualTo(403);
        }
    }

    @Test
    void h13_preflight_isAnsweredWithWhatThePageMaySend() throws IOException {
        try (TestServer server = start("https://app.example")) {
            Reply preflight = ask(server, "OPTIONS", "/v1/chat/completions", "https://app.example", PREFLIGHT);
            assertThat(preflight.status()).isEqualTo(204);
            assertThat(preflight.closes()).isFalse();
            assertThat(preflight.head())
                    .contains("access-control-allow-origin: https://app.example\r\n")
                    .contains("access-control-allow-methods: GET, POST\r\n")
                    .contains("access-control-allow-headers: authorization, content-type\r\n")
                    .contains("access-control-max-age: 600\r\n")
                    .contains("x-request-id: req_");
        }
    }

    @Test
    void h13_preflightOfAnOriginThatIsNotAllowed_isRefusedInJson() throws IOException {
        try (TestServer server = start("https://app.example")) {
            Reply refused = ask(server, "OPTIONS", "/v1/chat/completions", "https://evil.example", PREFLIGHT);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body()).contains("\"origin_not_allowed\"");
            assertThat(refused.head()).contains("x-request-id: req_").doesNotContainIgnoringCase("access-control");
        }
    }

    @Test
    void h13_optionsWithoutAQuestion_isNoPreflight() throws IOException {
        try (TestServer server = start("https://app.example")) {
            assertThat(ask(server, "OPTIONS", "/v1/models", "https://app.example")
                            .status())
                    .isEqualTo(405);
        }
    }

    @ParameterizedTest
    @CsvSource({"https://evil.example", "null"})
    void h13_anyOriginIsAllowed_noneIsNamed(String origin) throws IOException {
        try (TestServer server = start("*")) {
            Reply reply = ask(server, "GET", "/v1/models", origin);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.head())
                    .contains("access-control-allow-origin: *\r\n")
                    .contains("vary: origin");
        }
    }

    @Test
    void h13_healthAndThePage_answerAnyOriginAndTellItNothing() throws IOException {
        try (TestServer server = start()) {
            for (String path : List.of("/health/live", "/")) {
                Reply reply = ask(server, "GET", path, "https://evil.example");
                assertThat(reply.status()).as(path).isEqualTo(200);
                assertThat(reply.head()).doesNotContainIgnoringCase("access-control");
            }
        }
    }
}
