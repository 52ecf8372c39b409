package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

/** The page's chat in a real browser, with answers that a test makes up: scripted-chat.js. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ChatPageTestCase {
    /** An answer with every kind of Markdown. */
    static final String RICH = """
            # Sleeping well

            A good night starts **before** bedtime, with *three* tips, `code` and a [link](https://example.org/a?b=c&d=e):

            1. **Keep a rhythm.** Go to bed at the same time.
               - even after a bad night
               - even on holidays
            2. Dim the lights an hour before.

            Title
            -----

            ```python
            def add(a, b):
                return a + b  # &amp; <b>
            ```

            > A quotation
            > over two lines.

            | Food | Protein | Price |
            |:-----|--------:|:-----:|
            | Lentils | 9 g | low |

            ---

            Done &amp; dusted &lt;b&gt; ~~no~~ [defined below][there] 1\\. \\*not emphasis\\*

            - last
            * other

            [there]: https://example.org/there
            """;

    @SuppressWarnings("NullAway.Init") // by start
    private Server server;

    @SuppressWarnings("NullAway.Init") // by start
    Browser page;

    @BeforeAll
    void start() throws IOException {
        page = Browser.start();
        server = Server.start(ConfigReader.read(Map.of("http.port", "0", "model", "stub:"), Map.of()));
        try (InputStream script =
                Objects.requireNonNull(ChatPageTestCase.class.getResourceAsStream("scripted-chat.js"))) {
            page.beforePages(new String(script.readAllBytes(), StandardCharsets.UTF_8));
        }
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
        visit("");
        page.await("the chat", () -> page.element("chat").isDisplayed());
    }

    @AfterEach
    void console_saysNothing() {
        assertThat(page.console()).isEmpty();
    }

    void visit(String fragment) {
        page.visit("http://127.0.0.1:" + server.port() + "/" + fragment);
        page.await("connection", () -> page.text("link-text").equals("live"));
    }

    void ask(String message) {
        long before = asked();
        page.fill("message", message);
        page.click("chat-send");
        page.await("the question", () -> asked() == before + 1);
    }

    long asked() {
        return number("return scripted.asked.length");
    }

    void say(String text) {
        page.js("scripted.say(arguments[0])", text);
    }

    void end() {
        page.js("scripted.end()");
        page.await("the end", () -> page.element("chat-send").isDisplayed());
    }

    /** The newest answer's text. */
    String answer() {
        return page.js("return [...document.querySelectorAll('#log .md')].at(-1).innerText")
                .toString()
                .strip();
    }

    List<String> strings(String script) {
        return ((List<?>) page.js(script)).stream().map(String.class::cast).toList();
    }

    long number(String script) {
        return ((Number) page.js(script)).longValue();
    }
}
