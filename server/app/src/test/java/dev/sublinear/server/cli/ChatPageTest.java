package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.serve.Server;
import dev.sublinear.server.config.ConfigReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.openqa.selenium.Keys;

/** The page's chat in a real browser, with answers that the test makes up: scripted-chat.js. */
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ChatPageTest {
    private static final Path PICTURES = Path.of("target", "pictures");
    private static final String RICH = """
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
    private static final String HOSTILE = """
            <script>window.harmed = 1</script><img src=x onerror="window.harmed = 2">

            [a](javascript:window.harmed=3) [b](JaVaScRiPt&colon;window.harmed=4) [c](data:text/html,<script>1</script>)
            [d](/v1/models) [e](//example.org) [f](https://example.org/f "t\\" onmouseover=window.harmed=5 ") [g](vbscript:x)
            <javascript:window.harmed=6> [h](	javascript:window.harmed=7) [i](&#1;javascript:window.harmed=8) [j][k]

            ![picture](https://example.org/picture.png) ![drawn](data:image/png;base64,AAAA)

            <svg onload=window.harmed=9></svg> <iframe src=/></iframe> <style>body { display: none }</style>

            ```html
            </code></pre><script>window.harmed = 10</script><img src=x onerror=window.harmed=11>
            ```

            ```"><img/src=x/onerror=window.harmed=12>
            ```

            [k]: javascript:window.harmed=13
            """;

    @SuppressWarnings("NullAway.Init") // by start
    private Server server;

    @SuppressWarnings("NullAway.Init") // by start
    private Browser page;

    @BeforeAll
    void start() throws IOException {
        page = Browser.start();
        server = Server.start(ConfigReader.read(Map.of("http.port", "0", "model", "stub:"), Map.of()));
        try (InputStream script = Objects.requireNonNull(ChatPageTest.class.getResourceAsStream("scripted-chat.js"))) {
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

    @Test
    void open_modelWithATemplate_isTheChatReadyToType() {
        assertThat(page.js("return document.activeElement.id")).isEqualTo("message");
        assertThat(page.element("playground").isDisplayed()).isFalse();
        assertThat(page.element("welcome").isDisplayed()).isTrue();

        visit("#server");
        assertThat(page.element("chat").isDisplayed())
                .as("another was asked for")
                .isFalse();
        assertThat(page.element("server").isDisplayed()).isTrue();
    }

    @Test
    void open_modelWithoutATemplate_isThePlayground() {
        visit("?template=plain");

        page.await("the playground", () -> page.element("playground").isDisplayed());
        assertThat(page.element("chat").isDisplayed()).isFalse();
    }

    @Test
    void answer_hostile_isTextAndHarmsNobody() {
        ask("Be hostile");
        for (String piece : HOSTILE.split("(?<=[<(:>])", -1)) {
            say(piece);
        }
        end();

        assertThat(page.js("return window.harmed ?? 'no'")).isEqualTo("no");
        assertThat(strings("return [...document.querySelectorAll('#log *')].map(each => each.localName)"))
                .doesNotContain("script", "img", "svg", "iframe", "style", "object", "input")
                .contains("pre", "a");
        assertThat(strings("return [...document.querySelectorAll('#log a')].map(each => each.outerHTML)"))
                .containsExactly(
                        link("https://example.org/f", "f"), link("https://example.org/picture.png", "picture"));
        assertThat(strings("return [...document.querySelectorAll('#log *')].flatMap(each => each.getAttributeNames())"))
                .doesNotContain("style", "src")
                .noneMatch(name -> name.startsWith("on"));
        assertThat(answer())
                .contains("<script>window.harmed = 1</script><img src=x onerror=\"window.harmed = 2\">")
                .contains("[a](javascript:window.harmed=3)", "![drawn](data:image/png;base64,AAAA)")
                .contains("</code></pre><script>window.harmed = 10</script>");
    }

    private static String link(String href, String text) {
        return "<a href=\"" + href + "\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">" + text + "</a>";
    }

    @Test
    void answer_nestedBeyondMeasure_isShownAsItCame() {
        for (String deep : List.of(">".repeat(5_000) + " depth", "- ".repeat(5_000) + "depth", nestedList(300))) {
            ask("Nest");
            say("Before.\n\n" + deep);
            end();

            assertThat(answer()).contains("Before.", deep.substring(deep.length() - 40));
            assertThat(number("let most = 0; for (let each of document.querySelectorAll('#log .md *')) {"
                            + "let depth = 0; while ((each = each.parentElement).id !== 'log') depth++;"
                            + "most = Math.max(most, depth) } return most"))
                    .as("depth of what is shown")
                    .isLessThan(100);
            page.click("new-chat");
        }
    }

    private static String nestedList(int depth) {
        StringBuilder list = new StringBuilder();
        for (int level = 0; level < depth; level++) {
            list.append("  ".repeat(level)).append("- item ").append(level).append('\n');
        }
        return list.toString().stripTrailing();
    }

    @Test
    void answer_inManyPieces_becomesWhatTheWholeIs() {
        for (String text : List.of(RICH, HOSTILE, RICH.replace("\n", "\r\n"))) {
            Object grown = page.later("""
                    const text = %s;
                    import('/page/js/markdown.js').then(({ Markdown }) => {
                      const shown = (host => ({ host, markdown: new Markdown(host) }));
                      const grown = shown(document.createElement('div'));
                      const whole = shown(document.createElement('div'));
                      const differing = [];
                      for (let length = 1; length <= text.length; length++) {
                        grown.markdown.grow(text.slice(0, length));
                        const fresh = shown(document.createElement('div'));
                        fresh.markdown.grow(text.slice(0, length));
                        const defines = /^\\[\\w+\\]:/m.test(text.slice(0, length)); // known only at the end
                        if (!defines && grown.host.innerHTML !== fresh.host.innerHTML) differing.push(text.slice(0, length));
                      }
                      grown.markdown.end(text);
                      whole.markdown.end(text);
                      if (grown.host.innerHTML !== whole.host.innerHTML) differing.push('the end');
                      arguments[0](differing.length === 0 ? 'the same' : differing[0]);
                    })""".formatted(quoted(text)));
            assertThat(grown).isEqualTo("the same");
        }
    }

    @Test
    void answer_growing_leavesAloneWhatHasEnded() {
        ask("Go on");
        say("First paragraph.\n\n```js\nlet x;\n");
        page.await("the code", () -> answer().contains("let x;"));
        page.js("const parts = document.querySelector('#log .md').children;"
                + "window.before = [parts[0], parts[1]]; window.getSelection().selectAllChildren(parts[0])");

        say("let y;\n``");
        page.await("more", () -> answer().contains("let y;"));

        assertThat(answer()).as("half a fence").doesNotContain("`");
        assertThat(page.js("const parts = document.querySelector('#log .md').children;"
                        + "return parts[0] === before[0] && parts[1] === before[1]"))
                .isEqualTo(true);
        assertThat(page.js("return String(getSelection())")).isEqualTo("First paragraph.");
        say("`\n\nHere is a list:\n-");
        page.await("more", () -> answer().contains("Here is a list"));
        assertThat(number("return document.querySelectorAll('#log .md :is(h3, h4)').length"))
                .as("a list's first mark is no line under a heading")
                .isZero();
        end();
    }

    @Test
    void answer_manyPiecesAtOnce_isDrawnOnceAFrame() {
        ask("Hurry");
        Object most = page.later("""
                const drawn = new Map();
                let frame = 0;
                const count = () => { frame++; if (frame < 20) requestAnimationFrame(count); };
                requestAnimationFrame(count);
                new MutationObserver(() => drawn.set(frame, (drawn.get(frame) ?? 0) + 1))
                  .observe(document.querySelector('#log .facts'), { childList: true });
                for (let i = 0; i < 500; i++) scripted.say('word ');
                setTimeout(() => arguments[0](Math.max(...drawn.values())), 1000)""");

        assertThat(((Number) most).intValue()).isBetween(1, 2);
        end();
        assertThat(answer()).hasSize(5 * 500 - 1);
    }

    @Test
    void code_copied_saysSo() {
        page.js("navigator.clipboard.writeText = async text => { window.copied = text }");
        ask("Code");
        say("```python\nprint('<b>')\n```\n");
        end();
        assertThat(page.js("return document.querySelector('.code .copy').getAttribute('aria-label')"))
                .isEqualTo("Copy code");

        page.js("document.querySelector('.code .copy').click()");

        page.await("its state", () -> copyLabel().equals("Copied"));
        assertThat(page.js("return window.copied")).isEqualTo("print('<b>')\n");
        assertThat(page.js("return document.querySelector('.code .copy').getAttribute('aria-label')"))
                .isEqualTo("Copied code");
        page.await("its state before", () -> copyLabel().equals("Copy"));
    }

    private String copyLabel() {
        return page.js("return document.querySelector('.code .copy').textContent")
                .toString();
    }

    @Test
    void message_isShownAsItWasTyped() {
        page.type("message", "**not bold**", Keys.chord(Keys.SHIFT, Keys.ENTER), "<b>second line</b>");
        assertThat(asked()).as("Shift+Enter").isZero();
        page.type("message", Keys.ENTER);

        page.await("the question", () -> asked() == 1);
        assertThat(page.js("return document.querySelector('.turn.user').innerText"))
                .isEqualTo("**not bold**\n<b>second line</b>");
        assertThat(page.js("return scripted.asked[0].messages[0].content"))
                .isEqualTo("**not bold**\n<b>second line</b>");
        assertThat(page.js("return document.activeElement.id")).isEqualTo("message");
        end();
    }

    @Test
    void conversation_isSentWhole_andBegunAnew() {
        page.fill("system", "Be brief.");
        ask("One");
        say("1");
        end();
        ask("Two");
        say("2");
        end();

        assertThat(strings("return scripted.asked[1].messages.map(each => each.role + ': ' + each.content)"))
                .containsExactly("system: Be brief.", "user: One", "assistant: 1", "user: Two");
        assertThat(page.text("log")).contains("holds 163 of 652 (25 %)");

        page.js("[...document.querySelectorAll('.again')].at(-1).click()");
        page.await("the question", () -> asked() == 3);
        assertThat(page.js("return JSON.stringify(scripted.asked[2].messages)"))
                .isEqualTo(page.js("return JSON.stringify(scripted.asked[1].messages)"));
        say("two");
        end();
        assertThat(page.text("log")).contains("two").doesNotContain("2\n");

        page.click("new-chat");
        assertThat(page.text("log")).isEmpty();
        assertThat(page.element("welcome").isDisplayed()).isTrue();
        ask("Three");
        assertThat(strings("return scripted.asked[3].messages.map(each => each.content)"))
                .containsExactly("Be brief.", "Three");
        end();
    }

    @Test
    void stop_keepsWhatHasCome_andGivesBackWhereNothingHas() {
        ask("Stop me");
        page.press(Keys.ESCAPE);
        page.await("the end", () -> page.element("chat-send").isDisplayed());
        assertThat(page.js("return document.getElementById('message').value")).isEqualTo("Stop me");
        assertThat(page.text("log")).isEmpty();

        page.type("message", Keys.ENTER);
        page.await("the question", () -> asked() == 2);
        say("Half an");
        page.await("the text", () -> answer().contains("Half an"));
        page.click("chat-stop");
        page.await("the end", () -> page.element("chat-send").isDisplayed());
        assertThat(page.text("log")).contains("Half an", "stopped");
    }

    @Test
    void failure_isSaidInPlace_andLosesNothing() {
        page.js("scripted.refusal = 'messages[0].content: too long'");
        page.fill("message", "Refused");
        page.click("chat-send");
        page.await("the message", () -> page.element("chat-problem").isDisplayed());
        assertThat(page.text("chat-problem")).isEqualTo("messages[0].content: too long");
        assertThat(page.js("return document.getElementById('message').value")).isEqualTo("Refused");

        page.js("scripted.refusal = null");
        page.type("message", Keys.ENTER);
        page.await("the question", () -> asked() == 2);
        assertThat(page.element("chat-problem").isDisplayed()).isFalse();
        say("Half an");
        page.js("scripted.fail('the engine has failed')");
        page.await("the message", () -> page.element("chat-problem").isDisplayed());
        assertThat(page.text("chat-problem")).isEqualTo("the engine has failed");
        assertThat(answer()).isEqualTo("Half an");
    }

    @Test
    void budget_chosen_isExplainedAndAskedFor() {
        page.choose("chat-budget", "fixed:192");

        assertThat(page.text("chat-budget-hint")).isEqualTo("Exact up to 192 tokens; of 4,096 it keeps 192.");
        ask("How much?");
        assertThat(page.js("return scripted.asked[0].kv_cache.budget")).isEqualTo("fixed:192");
        end();
    }

    @Test
    void sampling_untouched_isAsTheModelsMakersSay() {
        ask("How?");

        assertThat(
                        strings(
                                "const { temperature, top_p: topP } = scripted.asked[0]; return [temperature, topP].map(String)"))
                .containsExactly("0.6", "0.95");
        end();
    }

    @Test
    void reasoningAndCalls_areShownBesideTheText() {
        ask("Think");
        page.js(
                "scripted.delta({ reasoning_content: '<b>Hm</b>, ' }); scripted.delta({ reasoning_content: 'weather.' });"
                        + "scripted.delta({ tool_calls: [{ index: 0, id: 'x', function: { name: 'weather', arguments: '' } }] });"
                        + "scripted.delta({ tool_calls: [{ index: 0, function: { arguments: '{\"city\": \"Paris\"}' } }] })");
        page.js("scripted.end('tool_calls')");
        page.await("the end", () -> page.element("chat-send").isDisplayed());

        assertThat(page.js("return document.querySelector('#log details').open"))
                .isEqualTo(false);
        assertThat(page.js("return document.querySelector('#log .thoughts').textContent"))
                .isEqualTo("<b>Hm</b>, weather.");
        assertThat(page.text("log")).contains("weather({\"city\": \"Paris\"})");
        assertThat(page.js("return scripted.asked.length")).isEqualTo(1L);
    }

    @Test
    void chat_inBothThemesAndWidths_isAccessibleAndPhotographed() {
        photograph("empty");
        ask("How can I sleep better?\nPlease be brief.");
        page.js("scripted.delta({ reasoning_content: 'Three tips.' })");
        say(RICH);
        say("\nwide".repeat(3) + " " + "w".repeat(200));
        end();
        page.js("scripted.refusal = 'the server is busy'");
        page.fill("message", "And then?");
        page.click("chat-send");
        page.await("the message", () -> page.element("chat-problem").isDisplayed());
        photograph("chat");
    }

    private void photograph(String state) {
        for (String theme : List.of("light", "dark")) {
            page.theme(theme);
            for (int width : new int[] {1440, 800, 360}) {
                page.size(width, width == 360 ? 740 : 900);
                page.photograph(
                        PICTURES.resolve(width + "-" + theme + "-chat-" + state + ".png"),
                        width,
                        width == 360 ? 740 : 900);
                assertThat(number("return document.documentElement.scrollWidth"))
                        .as("width at %s", width)
                        .isLessThanOrEqualTo(width);
                assertThat(page.seriousFaults())
                        .as("%s, %s, %s", state, theme, width)
                        .isEmpty();
            }
        }
        page.theme("light");
        page.size(1440, 900);
    }

    private void visit(String fragment) {
        page.visit("http://127.0.0.1:" + server.port() + "/" + fragment);
        page.await("connection", () -> page.text("link-text").equals("live"));
    }

    private void ask(String message) {
        long before = asked();
        page.fill("message", message);
        page.click("chat-send");
        page.await("the question", () -> asked() == before + 1);
    }

    private long asked() {
        return number("return scripted.asked.length");
    }

    private void say(String text) {
        page.js("scripted.say(arguments[0])", text);
    }

    private void end() {
        page.js("scripted.end()");
        page.await("the end", () -> page.element("chat-send").isDisplayed());
    }

    /** The newest answer's text. */
    private String answer() {
        return page.js("return [...document.querySelectorAll('#log .md')].at(-1).innerText")
                .toString()
                .strip();
    }

    private List<String> strings(String script) {
        return ((List<?>) page.js(script)).stream().map(String.class::cast).toList();
    }

    private long number(String script) {
        return ((Number) page.js(script)).longValue();
    }

    private static String quoted(String text) {
        return '"'
                + text.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\r", "\\r")
                        .replace("\n", "\\n")
                        .replace("\t", "\\t")
                + '"';
    }
}
