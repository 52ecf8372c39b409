package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** What the page's chat does with what is typed and clicked. */
@Tag("slow")
final class ChatPageTest extends ChatPageTestCase {
    private static final Path PICTURES = Path.of("target", "pictures");

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
}
