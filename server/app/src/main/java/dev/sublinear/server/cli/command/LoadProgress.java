package dev.sublinear.server.cli.command;

import dev.sublinear.model.LoadListener;
import java.io.PrintWriter;
import java.nio.charset.Charset;

/** A bar on the terminal for a model that takes longer than a moment to load. */
public final class LoadProgress {
    private static final long UNNOTICED_NANOS = 1_000_000_000;

    private LoadProgress() {}

    public static LoadListener start() {
        long start = System.nanoTime();
        ProgressBar bar = ProgressBar.on(new PrintWriter(System.err, true, Charset.defaultCharset()));
        return (done, layers) -> {
            if (System.nanoTime() - start > UNNOTICED_NANOS) {
                bar.at(done, layers, "layer " + done);
            }
        };
    }
}
