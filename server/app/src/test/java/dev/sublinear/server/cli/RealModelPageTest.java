package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The page with the model that comes with the server. Its picture is the README's. */
@Tag("slow")
@Tag("model")
final class RealModelPageTest {
    private static final Path MODEL =
            Path.of("..", "..", "deploy", "models", "smollm2-135m-instruct", "SmolLM2-135M-Instruct.Q4_1.gguf");

    @Test
    void chat_withTheModelThatComesWithIt_answersAndShowsWhatItHolds() {
        Map<String, String> settings =
                Map.of("http.port", "0", "model", MODEL.toString(), "model-name", "smollm2-135m-instruct");
        try (Browser page = Browser.start();
                Server server = Server.start(ConfigReader.read(settings, Map.of()))) {
            page.visit("http://127.0.0.1:" + server.port() + "/");
            page.await("the chat", () -> page.element("chat").isDisplayed());
            page.choose("chat-budget", "fixed:192");
            page.fill("chat-temperature", "0");
            page.fill("chat-max-tokens", "160");

            say(page, "What is the capital city of France? Answer in one sentence.");
            assertThat(page.text("log")).contains("Paris");

            say(page, "Write a Python function that adds two numbers.");
            assertThat(page.js("return document.querySelector('.code code').textContent")
                            .toString())
                    .contains("def ", "return ");

            say(page, "Give me three tips for sleeping well.");
            page.await(
                    "its tokens",
                    () -> page.js("return document.getElementById('chat-memory-tokens').textContent")
                            .toString()
                            .contains("sleeping well"));
            assertThat(page.seriousFaults()).isEmpty();
            page.photograph(Path.of("target", "pictures", "real-model-chat.png"), 1440, 900);
            assertThat(page.console()).isEmpty();
        }
    }

    private static void say(Browser page, String message) {
        page.type("message", message, Keys.ENTER);
        page.await(
                "the answer",
                () -> page.element("chat-send").isDisplayed()
                        && page.js("return [...document.querySelectorAll('#log .facts')].at(-1).textContent")
                                .toString()
                                .contains("holds"));
    }
}
