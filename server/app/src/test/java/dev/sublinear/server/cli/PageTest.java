package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The page in a real browser, on a real server. Its pictures stay in target/pictures. */
@Tag("slow")
final class PageTest extends PlaygroundTestCase {
    private static final Path PICTURES = Path.of("target", "pictures");

    @Test
    void playground_budgetThatBinds_theRetainedLineLeavesTheSeenLine() {
        run("own", "fixed:128", 60);

        assertThat(page.text("pruned-text")).hasSizeGreaterThan(60);
        assertThat(page.text("pruned-facts")).contains("60 tokens").containsPattern("holds \\d+ of \\d+");
        page.await(
                "the curve's end",
                () -> seen() == number("return document.getElementById('memory-tokens').children.length"));
        assertThat(seen()).isGreaterThan(300);
        assertThat(retained()).as("of %s", seen()).isBetween(128L, 192L);
        assertThat(number("const [x, n, b, r] = document.getElementById('memory-chart').chart.data;"
                        + "return x.filter((seen, i) => r[i] !== null && r[i] > seen).length"))
                .as("points above the line of a full cache")
                .isZero();
        assertThat(number("return document.querySelectorAll('#memory-tokens .h0').length"))
                .as("tokens shown as evicted")
                .isPositive();
        assertThat(page.js("return document.getElementById('memory-tokens').textContent")
                        .toString())
                .contains(LONG_PROMPT.strip());

        page.choose("budget", "unlimited");
        run("unlimited", "", 20);

        page.await(
                "the curve's end",
                () -> seen() == number("return document.getElementById('memory-tokens').children.length"));
        assertThat(retained()).isEqualTo(seen());
        assertThat(number("return document.querySelectorAll('#memory-tokens .h0').length"))
                .isZero();
    }

    @Test
    void playground_endWhileWhatIsHeldIsOnItsWay_isShownAllTheSame() {
        page.js("const fetched = window.fetch; window.fetch = async (...request) => {"
                + "const response = await fetched(...request);"
                + "if (String(request[0]).includes('/api/sequences/')) await new Promise(done => setTimeout(done, 3000));"
                + "return response; }");
        run("own", "fixed:128", 300);

        page.await(
                "the curve's end",
                () -> seen() == number("return document.getElementById('memory-tokens').children.length"));
    }

    @Test
    void playground_stop_endsTheStreamAndFreesItsCache() throws Exception {
        page.fill("prompt", "Once upon a time");
        page.fill("max-tokens", "4000");
        page.click("send");
        page.await("some text", () -> page.text("pruned-text").length() > 40);

        page.click("stop");

        page.await("the end", () -> page.element("send").isDisplayed());
        assertThat(page.text("pruned-facts")).contains("stopped");
        page.await("its memory", () -> metrics().contains("sublinear_kvcache_live_seen_tokens 0.0"));

        page.click("prompt"); // and the same by keyboard alone
        page.press(Keys.CONTROL, Keys.ENTER);
        page.await("some text", () -> page.text("pruned-text").length() > 40);
        page.press(Keys.ESCAPE);
        page.await("the end", () -> page.element("send").isDisplayed());
        assertThat(page.text("pruned-facts")).contains("stopped");
    }

    @Test
    void playground_sideBySide_saysWhetherAndMarksWhereTheTwoPart() {
        page.choose("example", "recall");
        page.click("send");
        page.await(
                "the verdict",
                () -> page.element("send").isDisplayed()
                        && !page.text("verdict").contains("so far"));

        String pruned = page.text("pruned-text");
        String full = page.text("full-text");
        if (pruned.equals(full)) {
            assertThat(page.text("verdict")).startsWith("Identical");
        } else {
            assertThat(page.text("verdict")).startsWith("The two part");
            assertThat(number("return document.querySelectorAll('#pruned-text mark, #full-text mark').length"))
                    .isPositive();
        }
        assertThat(page.text("full-facts")).contains("(100 %)");

        page.click("compare"); // the same seed and the same budget: the same text
        String first = page.text("pruned-text");
        page.click("send");
        page.await(
                "the end",
                () -> page.element("send").isDisplayed()
                        && page.text("pruned-facts").contains("holds"));
        assertThat(page.text("pruned-text")).isEqualTo(first);
    }

    @Test
    void playground_message_isAnsweredAsAChat() {
        page.js("document.querySelector('input[name=kind][value=chat]').click()");
        page.fill("max-tokens", "12");
        page.fill("prompt", "Tell me of the sea.");
        page.click("send");
        page.await("the end", () -> page.text("pruned-facts").contains("holds"));

        page.await(
                "the tokens",
                () -> page.js("return document.getElementById('memory-tokens').textContent")
                        .toString()
                        .contains("Tell me of the sea."));
    }

    @Test
    void chat_remembersWhatWasSaidBefore() {
        page.click("tab-chat");
        page.fill("chat-max-tokens", "12");
        say("Tell me of the sea.");
        String held = held();

        say("And of the hills.");

        assertThat(held).contains("Tell me of the sea.").doesNotContain("hills");
        assertThat(held()).contains("Tell me of the sea.", "And of the hills.");
        assertThat(page.js("return document.getElementById('log').children.length"))
                .isEqualTo(4L);

        page.choose("chat-budget", "own");
        page.fill("chat-custom", "fixed:0");
        page.fill("message", "This one fails.");
        page.click("chat-send");
        page.await("the message", () -> page.element("chat-problem").isDisplayed());
        assertThat(page.text("chat-problem")).contains("budget.tokens must be at least 1, was 0");
        assertThat(page.js("return document.getElementById('message').value")).isEqualTo("This one fails.");
        assertThat(page.console()).hasSize(1).first().asString().contains("400"); // Chromium's own note
    }

    @Test
    void playground_wrongBudget_isSaidInTheServersWords() {
        page.fill("prompt", "x");
        page.choose("budget", "own");
        page.fill("custom", "fixed:0");
        page.click("send");

        page.await("the message", () -> page.element("toast").isDisplayed());
        assertThat(page.text("toast")).contains("budget.tokens must be at least 1, was 0");
        assertThat(page.console()).hasSize(1).first().asString().contains("400"); // Chromium's own note
    }

    @Test
    void views_inBothThemesAndWidths_areAccessibleAndPhotographed() throws Exception {
        page.choose("example", "recall");
        page.fill("max-tokens", "120");
        page.click("send");
        page.await(
                "the end",
                () -> page.element("send").isDisplayed()
                        && page.text("full-facts").contains("holds"));
        page.await("the tokens", () -> number("return document.getElementById('memory-tokens').children.length") > 500);
        page.js("document.querySelector('#ask .more').open = true");
        page.click("tab-chat");
        page.fill("chat-max-tokens", "60");
        say("Tell me of the sea.");

        for (String theme : List.of("light", "dark")) {
            page.theme(theme);
            for (int width : new int[] {1440, 390}) {
                page.size(width, width == 390 ? 844 : 900);
                for (String view : List.of("chat", "playground", "cache", "server")) {
                    page.click("tab-" + view);
                    page.await("the view", () -> page.element(view).isDisplayed());
                    page.photograph(
                            PICTURES.resolve((width == 390 ? "phone-" : "desktop-") + theme + "-" + view + ".png"),
                            width,
                            width == 390 ? 844 : 900);
                    assertThat(number("return document.documentElement.scrollWidth"))
                            .as("width of %s at %s", view, width)
                            .isLessThanOrEqualTo(width);
                    assertThat(
                                    page.js(
                                            "return [...document.querySelectorAll('#" + view + " .card')]"
                                                    + ".filter(card => card.scrollWidth > card.clientWidth).map(card => card.id || card.className)"))
                            .as("cards narrower than what is in them, %s at %s", view, width)
                            .isEqualTo(List.of());
                    assertThat(page.seriousFaults())
                            .as("%s, %s, %s", view, theme, width)
                            .isEmpty();
                }
            }
        }
        page.theme("light");
        page.size(1440, 900);
        page.click("tab-playground");
        page.choose("example", "story"); // a budget of 8·√n
        page.fill("max-tokens", "1000");
        page.click("compare");
        page.click("send");
        page.click("tab-cache");
        page.await("the end", () -> page.text("sequences").contains("1,0"));
        page.photograph(PICTURES.resolve("cache-against-context.png"), "cache-card");
    }

    @Test
    void pictures_ofTheReadme_areSmall() throws IOException {
        for (String picture : List.of("page.png", "cache-against-context.png")) {
            assertThat(Files.size(Path.of("..", "..", "deploy", "pictures", picture)))
                    .as(picture)
                    .isBetween(10_000L, 300_000L);
        }
    }

    private void say(String message) {
        page.fill("message", message);
        page.click("chat-send");
        page.await(
                "the end",
                () -> page.element("chat-send").isDisplayed()
                        && page.text("log").contains("holds"));
        page.await("its tokens", () -> held().contains(message));
    }

    /** The conversation as the cache has read it. */
    private String held() {
        return page.js("return document.getElementById('chat-memory-tokens').textContent")
                .toString();
    }

    private void run(String budget, String own, int tokens) {
        page.fill("prompt", LONG_PROMPT);
        page.fill("max-tokens", Integer.toString(tokens));
        page.choose("budget", budget);
        page.fill("custom", own);
        page.click("send");
        page.await(
                "the end",
                () -> page.element("send").isDisplayed()
                        && page.text("pruned-facts").contains("holds"));
    }

    private long seen() {
        return number("return document.getElementById('memory-chart').chart.data[0].at(-1)");
    }

    private long retained() {
        return number("return document.getElementById('memory-chart').chart.data[3].findLast(value => value !== null)");
    }

    private long number(String script) {
        return ((Number) page.js(script)).longValue();
    }

    private String metrics() {
        try {
            URI uri = URI.create("http://127.0.0.1:" + server.port() + "/metrics");
            return HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
