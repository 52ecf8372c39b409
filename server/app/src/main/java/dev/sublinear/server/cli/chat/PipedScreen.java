package dev.sublinear.server.cli.chat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Messages from a stream, one a line; answers to another, and what is said about them to a third. */
public final class PipedScreen implements ChatScreen {
    private final BufferedReader in;
    private final PrintWriter out;
    private final PrintWriter err;

    PipedScreen(InputStream in, PrintWriter out, PrintWriter err) {
        this.in = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        this.out = out;
        this.err = err;
    }

    public static Chat.Screens from(InputStream in) {
        return (out, err) -> new PipedScreen(in, out, err);
    }

    @Override
    public Optional<String> read() {
        try {
            StringBuilder lines = new StringBuilder();
            String line = in.readLine();
            while (line != null && Draft.isOpen(lines + line)) {
                lines.append(line).append('\n');
                line = in.readLine();
            }
            if (line != null) {
                lines.append(line);
            }
            return line == null && lines.isEmpty() ? Optional.empty() : Optional.of(Draft.text(lines.toString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void show(String piece) {
        out.print(piece);
        out.flush();
    }

    @Override
    public void endAnswer() {
        out.println();
        out.flush();
    }

    @Override
    public void note(String text) {
        err.println(text.stripTrailing());
        err.flush();
    }

    @Override
    public boolean isAttended() {
        return false;
    }

    @Override
    public void during(Runnable work, Runnable stop) {
        work.run();
    }

    /** Closes nothing: the streams belong to the program. */
    @Override
    public void close() {}
}
