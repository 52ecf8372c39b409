package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.server.cli.chat.Chat;
import dev.sublinear.server.cli.chat.PipedScreen;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sublinear chat} without a terminal. */
final class ChatTest {
    private static final String NO_TEMPLATE = "This model has no chat template";

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int chat(String input, String... args) {
        List<String> all = new ArrayList<>(List.of("chat"));
        all.addAll(List.of(args));
        Chat.Screens screens = PipedScreen.from(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        return Sublinear.run(all.toArray(String[]::new), Map.of(), screens, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void chat_linesOfAStream_areAnsweredOneByOne() {
        assertThat(chat("one\n\ntwo", "stub:", "--max-tokens", "8")).isZero();

        assertThat(out.toString().lines())
                .hasSize(2)
                .allSatisfy(answer -> assertThat(answer).matches("[a-z][a-z ]{0,7}"));
        assertThat(err.toString())
                .contains(NO_TEMPLATE)
                .containsPattern("8 tokens, \\d[\\d.]* tokens/s; \\d+ of \\d+ tokens held, 0 B")
                .contains("Cut at --max-tokens");
    }

    @Test
    void chat_theSameWords_areReadAfterWhatWasSaidBefore() {
        assertThat(chat("one\none\n/clear\none\n", "stub:", "--max-tokens", "30"))
                .isZero();

        List<String> answers = out.toString().lines().toList();
        assertThat(answers).hasSize(3);
        assertThat(answers.get(1)).isNotEqualTo(answers.get(0));
        assertThat(answers.get(2)).isEqualTo(answers.get(0));
    }

    @Test
    void chat_messageOfManyLines_isOne() {
        assertThat(chat("\"\"\"one\ntwo\"\"\"\none\\\ntwo\n/clear\none\\\ntwo", "stub:", "--max-tokens", "30"))
                .isZero();

        List<String> answers = out.toString().lines().toList();
        assertThat(answers).hasSize(3);
        assertThat(answers.get(2)).isEqualTo(answers.get(0));
    }

    @Test
    void chat_system_isTheOptionOrTheCommand() {
        chat("one", "stub:", "--max-tokens", "30", "--system", "be brief");
        chat("/system be brief\none\n/system -\n/clear\none", "stub:", "--max-tokens", "30");
        chat("one", "stub:", "--max-tokens", "30");

        List<String> answers = out.toString().lines().toList();
        assertThat(answers).hasSize(4);
        assertThat(answers.get(1)).isEqualTo(answers.get(0));
        assertThat(answers.get(2)).isNotEqualTo(answers.get(0)).isEqualTo(answers.get(3));
        assertThat(err.toString()).contains("The model is told: be brief");
    }

    @Test
    void chat_commands_tellAndLeave() {
        assertThat(chat("/stats\nhello\n/stats\n/what\n/help\n/exit\nnever", "stub:", "--max-tokens", "8"))
                .isZero();

        assertThat(out.toString().lines()).hasSize(1);
        assertThat(err.toString())
                .contains("Nothing has been answered yet.")
                .containsPattern("2 messages, \\d+ of 8,192 tokens")
                .containsPattern("prompt \\d+ tokens, 0 of them known from before, the others read at")
                .contains("There is no command /what; /help lists them.")
                .contains("/system TEXT", "/clear", "/stats", "/help", "/exit");
    }

    @Test
    void chat_pathOrFraction_isNoCommand() {
        assertThat(chat("/usr/bin\n1/2\n", "stub:", "--max-tokens", "8")).isZero();

        assertThat(out.toString().lines()).hasSize(2);
    }

    @Test
    void chat_conversationThatFillsTheContext_saysSoAndWhatHelps() {
        assertThat(chat("one\ntwo\n", "stub:context=64")).isEqualTo(1);

        assertThat(out.toString().lines()).hasSize(1);
        assertThat(err.toString())
                .contains("The model's context is full. /clear begins a new conversation.")
                .contains("sublinear: the model's context is 64 tokens; the prompt has ")
                .endsWith("; /clear begins a new conversation" + System.lineSeparator());
    }

    @Test
    void chat_longConversation_readsOnlyWhatIsNew() {
        assertThat(chat("a long story ".repeat(60) + "\nand then?\n/stats", "stub:", "--max-tokens", "8"))
                .isZero();

        assertThat(err.toString()).containsPattern("prompt \\d+ tokens, [1-9]\\d* of them known from before");
    }

    @Test
    void chat_templateOfTheCheckpoint_isUsed() throws Exception {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));
        Files.writeString(model.resolve("chat_template.jinja"), "{{ messages[-1].content }}");

        assertThat(chat("ab", model.toString(), "--max-tokens", "4", "--temperature", "0"))
                .as(err.toString())
                .isZero();
        assertThat(err.toString()).doesNotContain(NO_TEMPLATE).contains("4 tokens");
    }

    @Test
    void chat_templateThatRefuses_saysWhyWithCodeOne() throws Exception {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));
        Files.writeString(model.resolve("chat_template.jinja"), "{{ raise_exception('no chats on Mondays') }}");

        assertThat(chat("ab", model.toString())).isEqualTo(1);
        assertThat(err.toString()).contains("no chats on Mondays");
    }
}
