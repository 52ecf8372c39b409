package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.budget.BudgetSchedule;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** What the page says of caches, in a real browser: what budgets promise, what heads hold, and what keeps a token. */
@Tag("slow")
final class CachePageTest extends PlaygroundTestCase {
    @Test
    void map_headThatIsSelected_marksWhatItHolds_andATokenSaysWhatKeepsIt() {
        page.fill("prompt", LONG_PROMPT);
        page.fill("max-tokens", "60");
        page.choose("budget", "own");
        page.fill("custom", "fixed:128");
        page.click("send");
        page.await(
                "the map",
                () -> cells("").equals(cells("[aria-label]")) && !cells("").equals(0L));

        page.js("document.querySelector('#memory-map .head').focus()");
        page.press(Keys.ARROW_RIGHT);
        assertThat(page.text("memory-map-detail")).matches("layer 1, head 0: 1\\d\\d of \\d\\d\\d tokens, \\d\\d %");
        page.press(Keys.ENTER);

        page.await(
                "one head's tokens",
                () -> number("return document.querySelectorAll('#memory-tokens .h4').length")
                        == number(
                                "return document.getElementById('memory-map-detail').textContent.match(/0: (\\d+) of/)[1] | 0"));
        assertThat(number("return document.querySelectorAll('#memory-tokens :is(.h1, .h2, .h3)').length"))
                .as("held in part by one head")
                .isZero();
        assertThat(page.js("return document.getElementById('memory-layer').value"))
                .isEqualTo("1");
        assertThat(cells("[aria-selected=true]")).isEqualTo(1L);

        pointAt("0");
        page.await("a sink", () -> page.text("memory-detail").contains("held · one of the first"));
        assertThat(cells(".holds")).as("heads that hold it").isEqualTo(cells(""));
        pointAt("document.querySelectorAll('#memory-tokens > *').length - 1");
        page.await("a recent one", () -> page.text("memory-detail").contains("held · recent"));
        pointAt("document.querySelectorAll('#memory-tokens .h4')[10].dataset.at");
        page.await(
                "a ranked one",
                () -> page.text("memory-detail")
                        .matches(".*held · (by its score|until the next trim), rank \\d+ of \\d+.*"));

        page.js("document.querySelector('#memory-map [aria-selected=true]').click()");
        assertThat(page.js("return document.getElementById('memory-layer').value"))
                .isEqualTo("");
        page.await("all heads", () -> page.text("memory-detail").contains(" in layer "));
    }

    private Object cells(String which) {
        return page.js("return document.querySelectorAll('#memory-map .head" + which + "').length");
    }

    private void pointAt(String position) {
        page.js("document.getElementById('memory-tokens').children[" + position
                + "].dispatchEvent(new PointerEvent('pointerover', { bubbles: true }))");
    }

    @Test
    void budgets_ofThePage_areThoseOfTheServer() {
        for (String text : List.of(
                "unlimited",
                "fixed:256",
                "fraction:0.25",
                "logarithmic:scale=32",
                "power-law:alpha=8,exponent=0.5",
                "power-law:alpha=32,exponent=0.5,floor=100")) {
            BudgetSchedule budget = BudgetSchedule.parse(text);
            for (int seen : new int[] {1, 63, 64, 65, 100, 1000, 4096, 100_000}) {
                Object shown = page.later("import('/page/js/budget.js').then(m => arguments[0](m.budgetOf('" + text
                        + "')(" + seen + ")))");
                assertThat(((Number) shown).intValue())
                        .as("%s after %s", text, seen)
                        .isEqualTo(budget.budget(seen));
            }
        }
    }

    @Test
    void budgets_ofThePage_areSaidToBindWhereTheyDo() {
        for (String text : List.of("fixed:192", "power-law:alpha=32,exponent=0.5", "logarithmic:scale=32")) {
            BudgetSchedule budget = BudgetSchedule.parse(text);
            int first = 1;
            while (budget.budget(first) == first) {
                first++;
            }
            Object shown =
                    page.later("import('/page/js/budget.js').then(m => arguments[0](m.bindsAt('" + text + "')))");
            assertThat(((Number) shown).intValue()).as(text).isEqualTo(first);
        }
    }

    @Test
    void choice_ofAServerWithALawForEachHeadAndAComposedScorer_offersBoth() {
        Object offered = page.later("""
                for (const id of ['chat-budget', 'chat-scorer']) document.getElementById(id).replaceChildren();
                import('/page/js/cache-choice.js').then(({ CacheChoice }) => {
                  const choice = new CacheChoice('chat-');
                  choice.configure({ budget: 'head-laws:scale=0.5', scorer: 'a+b', scorers: ['a', 'b'], allow_override: true });
                  const text = id => document.getElementById(id).textContent;
                  arguments[0]([JSON.stringify(choice.in({})), text('chat-budget'), text('chat-budget-hint')].join());
                })""");

        assertThat(offered.toString())
                .contains("{\"budget\":\"head-laws:scale=0.5\",\"scorer\":\"a+b\"}")
                .contains("as the server: 0.5 × a law for each head")
                .contains("Each head keeps as many tokens as its own law says");
    }

    @Test
    void budgetLine_whereThePageKnowsNoFormula_isWhatTheServerTold() {
        Object line = page.later("""
                import('/page/js/trace.js').then(({ Traces, align, budgetAlong }) => {
                  const traces = new Traces();
                  for (const seen of [64, 128, 256]) {
                    traces.add({ sequences: [{ number: '1', seen_tokens: seen, retained_tokens: 64, budget_tokens: seen / 2, budget: 'head-laws:scale=1' }] });
                  }
                  const [x, budget] = align([traces.get('1')], [budgetAlong(traces.get('1'))]);
                  arguments[0]([0, 64, 128, 256].map(n => budget[x.indexOf(n)]).join());
                })""");

        assertThat(line).isEqualTo("0,32,64,128");
    }

    private long number(String script) {
        return ((Number) page.js(script)).longValue();
    }
}
