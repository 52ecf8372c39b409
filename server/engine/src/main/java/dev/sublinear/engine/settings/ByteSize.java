package dev.sublinear.engine.settings;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The written form of a number of bytes: a whole number with a unit, such as {@code 512MiB} or {@code 2GB}. */
public final class ByteSize {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([A-Za-z]*)");
    private static final Map<String, Long> UNITS = Map.of(
            "",
            1L,
            "B",
            1L,
            "KB",
            1_000L,
            "MB",
            1_000_000L,
            "GB",
            1_000_000_000L,
            "TB",
            1_000_000_000_000L,
            "KIB",
            1L << 10,
            "MIB",
            1L << 20,
            "GIB",
            1L << 30,
            "TIB",
            1L << 40);

    private ByteSize() {}

    /**
     * Returns the number of bytes.
     *
     * @throws IllegalArgumentException saying what a size looks like
     */
    public static long parse(String text) {
        Matcher matcher = FORM.matcher(text.trim());
        if (matcher.matches()) {
            Long unit = UNITS.get(matcher.group(2).toUpperCase(Locale.ROOT));
            long count = Long.parseLong(matcher.group(1));
            if (unit != null && count <= Long.MAX_VALUE / unit) {
                return count * unit;
            }
        }
        throw new IllegalArgumentException("must be a number of bytes such as 512MiB or 2GB, was \"" + text + "\"");
    }

    /** A size as a reader wants it: 3.1 MiB. */
    public static String format(long bytes) {
        if (bytes < 1 << 10) {
            return bytes + " B";
        }
        int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
        return String.format(
                Locale.ROOT, "%.1f %ciB", (double) bytes / (1L << (10 * power)), "KMGTPE".charAt(power - 1));
    }
}
