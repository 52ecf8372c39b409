package dev.sublinear.server.cli.chat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jline.reader.CompletingParsedLine;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Attributes;
import org.jline.terminal.Attributes.LocalFlag;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/** A terminal: lines are edited and remembered, and Ctrl-C stops what is under way rather than the program. */
public final class TerminalScreen implements ChatScreen {
    private static final String DIM = "\u001b[2m";
    private static final String BOLD = "\u001b[1m";
    private static final String PLAIN = "\u001b[0m";

    private final Terminal terminal;
    private final LineReader reader;
    private final boolean styled;
    private volatile Runnable stop = TerminalScreen::nothing;

    /**
     * Takes over a terminal.
     *
     * @param environment where NO_COLOR may turn styles off
     * @param commands that Tab completes
     */
    public TerminalScreen(Terminal terminal, Map<String, String> environment, List<String> commands) {
        this.terminal = terminal;
        this.styled = environment.getOrDefault("NO_COLOR", "").isEmpty();
        this.reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .parser(new Lines())
                .completer(new StringsCompleter(commands))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true) // an exclamation mark is one
                .option(LineReader.Option.INSERT_TAB, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, "… ")
                .build();
        terminal.handle(Signal.INT, signal -> stop.run());
    }

    /** The terminal that this process runs in, or its streams where it has none. */
    @SuppressWarnings(
            "SystemConsoleNull") // from JDK 22 on there may be a console without a terminal, which JLine notices
    public static Chat.Screens orStreams(Map<String, String> environment) {
        return (out, err) -> {
            if (System.console() == null) {
                return new PipedScreen(System.in, out, err);
            }
            Terminal terminal = ofProcess();
            return terminal.getType().startsWith(Terminal.TYPE_DUMB)
                    ? new PipedScreen(System.in, out, err) // it stays open: to close it would close the streams
                    : new TerminalScreen(terminal, environment, Dialogue.commands());
        };
    }

    private static Terminal ofProcess() {
        try {
            return TerminalBuilder.builder()
                    .name("sublinear")
                    .encoding(StandardCharsets.UTF_8)
                    .dumb(true)
                    .nativeSignals(true)
                    .signalHandler(Terminal.SignalHandler.SIG_DFL)
                    .build();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<String> read() throws Interrupted {
        try {
            return Optional.of(Draft.text(reader.readLine("\n" + style(BOLD, "> "))));
        } catch (UserInterruptException e) {
            throw new Interrupted(!e.getPartialLine().isBlank());
        } catch (EndOfFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void show(String piece) {
        terminal.writer().print(visible(piece));
        terminal.flush();
    }

    @Override
    public void endAnswer() {
        say("");
    }

    @Override
    public void note(String text) {
        text.stripTrailing().lines().forEach(line -> say(style(DIM, visible(line))));
    }

    private void say(String line) {
        PrintWriter out = terminal.writer();
        out.println(line);
        terminal.flush();
    }

    @Override
    public boolean isAttended() {
        return true;
    }

    /** What is typed meanwhile is not shown among what is answered. */
    @Override
    public void during(Runnable work, Runnable whenAsked) {
        Attributes before = terminal.getAttributes();
        Attributes silent = new Attributes(before);
        silent.setLocalFlag(LocalFlag.ECHO, false);
        terminal.setAttributes(silent);
        stop = whenAsked;
        try {
            work.run();
        } finally {
            stop = TerminalScreen::nothing;
            terminal.setAttributes(before);
        }
    }

    /** What a model writes moves no cursor and changes no title. */
    private static String visible(String text) {
        StringBuilder shown = new StringBuilder(text);
        for (int i = 0; i < shown.length(); i++) {
            char c = shown.charAt(i);
            if (Character.isISOControl(c) && c != '\n' && c != '\t') {
                shown.setCharAt(i, '\ufffd');
            }
        }
        return shown.toString();
    }

    private String style(String style, String text) {
        return styled ? style + text + PLAIN : text;
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void nothing() {}

    /** A message is one word, and goes on for as long as its {@link Draft} is open. */
    private static final class Lines implements Parser {
        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && Draft.isOpen(line)) {
                throw new EOFError(-1, cursor, "more lines belong to it");
            }
            return new Whole(line, cursor);
        }
    }

    private record Whole(String line, int cursor) implements CompletingParsedLine {
        @Override
        public String word() {
            return line;
        }

        @Override
        public int wordCursor() {
            return cursor;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of(line);
        }

        @Override
        public CharSequence escape(CharSequence candidate, boolean complete) {
            return candidate;
        }

        @Override
        public int rawWordCursor() {
            return cursor;
        }

        @Override
        public int rawWordLength() {
            return line.length();
        }
    }
}
