package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of an answer's Markdown in the page's chat. */
@Tag("slow")
final class ChatAnswerPageTest extends ChatPageTestCase {
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
