package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.Fixture;
import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** The page's playground in a real browser, on a real server. Its console stays silent. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PlaygroundTestCase {
    static final String LONG_PROMPT = "The quick brown fox jumps over the lazy dog. ".repeat(30);

    @SuppressWarnings("NullAway.Init") // by start
    Server server;

    @SuppressWarnings("NullAway.Init") // by start
    Browser page;

    @BeforeAll
    void start() {
        page = Browser.start();
        server = Server.start(ConfigReader.read(Map.of("http.port", "0"), Fixture.ENVIRONMENT));
    }

    @AfterAll
    void close() {
        if (page != null) {
            page.close();
            server.close();
        }
    }

    @BeforeEach
    void visit() {
        page.visit("http://127.0.0.1:" + server.port() + "/#playground");
        page.await("connection", () -> page.text("link-text").equals("live"));
    }

    @AfterEach
    void console_saysNothing() {
        assertThat(page.console()).isEmpty();
    }
}
