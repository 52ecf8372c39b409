package dev.sublinear.engine.source;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.model.hub.DownloadProgress;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A download on a terminal: how far it is, how fast, and how long it may still take. On anything else it is silent. */
public final class DownloadBar implements DownloadProgress.Listener {
    private static final long GRAIN = TimeUnit.MILLISECONDS.toNanos(100);

    private final PrintWriter err;
    private final boolean shown;
    private final LongSupplier clock;
    private long next;
    private boolean ended;

    /** @param clock in nanoseconds */
    DownloadBar(PrintWriter err, boolean shown, LongSupplier clock) {
        this.err = err;
        this.shown = shown;
        this.clock = clock;
        this.next = clock.getAsLong();
    }

    /** A bar if the program's standard error may be a terminal. */
    public static DownloadBar onTerminal() {
        PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
        return new DownloadBar(err, ProgressLine.mayShow(), System::nanoTime);
    }

    @Override
    public void at(DownloadProgress progress) {
        boolean last = progress.done() >= progress.total();
        if (!shown || ended || (!last && clock.getAsLong() - next < 0)) {
            return;
        }
        next = clock.getAsLong() + GRAIN;
        err.print("\r" + line(progress));
        if (last) {
            err.println();
            ended = true;
        }
        err.flush();
    }

    private static String line(DownloadProgress progress) {
        double share = progress.total() == 0 ? 1 : (double) progress.done() / progress.total();
        String left = progress.bytesPerSecond() > 0
                ? String.format(
                        Locale.ROOT,
                        "%s/s, %s left",
                        ByteSize.format(Math.round(progress.bytesPerSecond())),
                        ProgressLine.time(Math.round((progress.total() - progress.done()) / progress.bytesPerSecond())))
                : "?";
        return String.format(
                Locale.ROOT,
                "[%s] %3.0f %%, %s of %s, %s: %-30.30s",
                ProgressLine.bar(share),
                Math.floor(100 * share),
                ByteSize.format(progress.done()),
                ByteSize.format(progress.total()),
                left,
                progress.file());
    }
}
