package dev.sublinear.engine.source;

import java.time.Duration;
import java.util.Locale;

/** The parts of a line that tells how far some long work is. */
public final class ProgressLine {
    private static final int WIDTH = 30;

    private ProgressLine() {}

    /** Whether standard error may be a terminal, where a line can be written over. */
    @SuppressWarnings(
            "SystemConsoleNull") // from JDK 22 on there may be a console without a terminal: a bar then is only noise
    public static boolean mayShow() {
        return System.console() != null;
    }

    /** A share from 0 to 1 as a bar. */
    public static String bar(double share) {
        return "#".repeat((int) (share * WIDTH)) + ".".repeat(WIDTH - (int) (share * WIDTH));
    }

    /** Minutes and seconds. */
    public static String time(long seconds) {
        Duration left = Duration.ofSeconds(seconds);
        return String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
    }
}
