package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.server.cli.chat.Chat;
import dev.sublinear.server.cli.chat.Dialogue;
import dev.sublinear.server.cli.chat.TerminalScreen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.Test;

/** {@code sublinear chat} on a terminal that this test types on. */
final class ChatTerminalTest {
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";
    private static final String ENTER = "\r";
    private static final String SLOW = "stub:tokens-per-second=100";
    private static final String FAST = "stub:";

    private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
    private final PipedOutputStream keys = new PipedOutputStream();
    private final StringWriter err = new StringWriter();
    private int read;

    private CompletableFuture<Integer> start(Map<String, String> environment, String... options) throws IOException {
        Terminal terminal = new ExternalTerminal(
                "test", "xterm-256color", new PipedInputStream(keys, 1 << 16), shown, StandardCharsets.UTF_8);
        terminal.setSize(Size.of(200, 50));
        String[] args = new String[options.length + 1];
        args[0] = "chat";
        System.arraycopy(options, 0, args, 1, options.length);
        Chat.Screens screens = (out, notes) -> new TerminalScreen(terminal, environment, Dialogue.commands());
        CompletableFuture<Integer> code = CompletableFuture.supplyAsync(() ->
                Sublinear.run(args, environment, screens, new PrintWriter(new StringWriter()), new PrintWriter(err)));
        awaitPrompt();
        return code;
    }

    private void type(String text) {
        try {
            keys.write(text.getBytes(StandardCharsets.UTF_8));
            keys.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was shown and is not yet waited for. */
    private String fresh() {
        return shown.toString(StandardCharsets.UTF_8).substring(read);
    }

    private void await(String text) {
        Awaitility.await(text)
                .atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> fresh().contains(text));
        read += fresh().indexOf(text) + text.length();
    }

    private void awaitPrompt() {
        await("> ");
    }

    private static void assertLeft(CompletableFuture<Integer> code) throws Exception {
        assertThat(code.get(1, TimeUnit.MINUTES)).isZero();
    }

    @Test
    void chat_ctrlC_stopsTheAnswerAndNotTheProgram() throws Exception {
        CompletableFuture<Integer> code = start(Map.of(), SLOW, "--max-tokens", "8000");
        type("tell me everything" + ENTER);
        await("everything");
        Awaitility.await("an answer").until(() -> fresh().strip().length() > 60);

        type(CTRL_C);

        await("(stopped)");
        awaitPrompt();
        type("/stats" + ENTER);
        await("2 messages");
        awaitPrompt();
        type(CTRL_D);
        assertLeft(code);
    }

    @Test
    void chat_ctrlCAtThePrompt_dropsTheLineOrSaysHowToLeave() throws Exception {
        CompletableFuture<Integer> code = start(Map.of(), FAST, "--max-tokens", "8");
        type("half a sen");
        await("half a sen");
        type(CTRL_C);
        awaitPrompt();
        assertThat(shown.toString(StandardCharsets.UTF_8)).doesNotContain("Ctrl-D or /exit");

        type(CTRL_C);
        await("Ctrl-D or /exit leaves.");
        awaitPrompt();
        type("/stats" + ENTER);
        await("Nothing has been answered yet.");
        awaitPrompt();
        type("/exit" + ENTER);
        assertLeft(code);
    }

    @Test
    void chat_linesThatBelongTogether_areOneMessage() throws Exception {
        CompletableFuture<Integer> code = start(Map.of(), FAST, "--max-tokens", "8");
        type("one \\" + ENTER);
        await("… ");
        type("two" + ENTER);
        await("8 tokens, ");
        awaitPrompt();
        type("\u001b[200~three\rfour\u001b[201~" + ENTER); // as a terminal brackets what is pasted
        await("8 tokens, ");
        awaitPrompt();
        type("/stats" + ENTER);
        await("4 messages");
        awaitPrompt();
        type(CTRL_D);
        assertLeft(code);
    }

    @Test
    void chat_answerThatCannotBe_goesOnWithTheNext() throws Exception {
        CompletableFuture<Integer> code = start(Map.of(), "stub:context=64");
        type("a".repeat(70) + ENTER);
        await("Not answered: the model's context is 64 tokens");
        await("/clear begins a new conversation");
        awaitPrompt();
        type("a" + ENTER);
        await("The model's context is full.");
        awaitPrompt();
        type(CTRL_D);
        assertLeft(code);
    }

    @Test
    void chat_noColor_showsNoStyles() throws Exception {
        CompletableFuture<Integer> code = start(Map.of("NO_COLOR", "1"), FAST, "--max-tokens", "8");
        type("hello" + ENTER);
        await("8 tokens, ");
        awaitPrompt();
        type(CTRL_D);
        assertLeft(code);

        assertThat(shown.toString(StandardCharsets.UTF_8))
                .doesNotContain("\u001b[2m")
                .doesNotContain("\u001b[1m");
    }

    @Test
    void show_controlCharactersOfAModel_moveNothing() throws Exception {
        Terminal terminal = new ExternalTerminal(
                "test", "xterm-256color", new PipedInputStream(keys), shown, StandardCharsets.UTF_8);
        try (TerminalScreen screen = new TerminalScreen(terminal, Map.of(), Dialogue.commands())) {
            screen.show("a\u001b]0;title\u0007b\r\u009bc\td");
        }

        assertThat(shown.toString(StandardCharsets.UTF_8)).contains("a\ufffd]0;title\ufffdb\ufffd\ufffdc\td");
    }
}
