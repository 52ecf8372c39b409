package dev.sublinear.server.cli.command;

import dev.sublinear.engine.source.ProgressLine;
import dev.sublinear.evaluation.worker.Workers;
import java.io.PrintWriter;
import java.util.Locale;

/** Shows the share of long work that is done and the time left, on a terminal; prints nothing elsewhere. */
public final class ProgressBar implements Workers.Progress {
    private final PrintWriter err;
    private final boolean shown;
    private final long start = System.nanoTime();

    ProgressBar(PrintWriter err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    /** Returns a bar that is shown if standard error may be a terminal. */
    public static ProgressBar on(PrintWriter err) {
        return new ProgressBar(err, ProgressLine.mayShow());
    }

    @Override
    public void at(double done, double total, String what) {
        if (!shown) {
            return;
        }
        double share = total == 0 ? 1 : done / total;
        long left = (long) ((System.nanoTime() - start) * (1 - share) / Math.max(share, 1e-9) / 1e9);
        err.printf(
                Locale.ROOT,
                "\r[%s] %3.0f %%, %s left, done: %-40.40s",
                ProgressLine.bar(share),
                100 * share,
                ProgressLine.time(left),
                what);
        if (share >= 1) {
            err.println();
        }
        err.flush();
    }
}
