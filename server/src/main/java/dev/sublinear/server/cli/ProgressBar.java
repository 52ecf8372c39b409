package dev.sublinear.server.cli;

import dev.sublinear.server.evaluation.Workers;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Long work on a terminal: how far it is, and how long it may still take. On anything else it is silent. */
final class ProgressBar implements Workers.Progress {
    private static final int WIDTH = 30;

    private final PrintWriter err;
    private final boolean shown;
    private final long start = System.nanoTime();

    ProgressBar(PrintWriter err, boolean shown) {
        this.err = err;
        this.shown = shown;
    }

    /** A bar if the program's standard error may be a terminal. */
    static ProgressBar on(PrintWriter err) {
        return new ProgressBar(err, mayShow());
    }

    @SuppressWarnings(
            "SystemConsoleNull") // from JDK 22 on there may be a console without a terminal: a bar then is only noise
    static boolean mayShow() {
        return System.console() != null;
    }

    @Override
    public void at(double done, double total, String what) {
        if (!shown) {
            return;
        }
        double share = total == 0 ? 1 : done / total;
        long left = (long) ((System.nanoTime() - start) * (1 - share) / Math.max(share, 1e-9) / 1e9);
        err.printf(Locale.ROOT, "\r[%s] %3.0f %%, %s left, done: %-40.40s", bar(share), 100 * share, time(left), what);
        if (share >= 1) {
            err.println();
        }
        err.flush();
    }

    static String bar(double share) {
        return "#".repeat((int) (share * WIDTH)) + ".".repeat(WIDTH - (int) (share * WIDTH));
    }

    static String time(long seconds) {
        Duration left = Duration.ofSeconds(seconds);
        return String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
    }
}
