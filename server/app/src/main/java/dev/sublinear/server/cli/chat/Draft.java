package dev.sublinear.server.cli.chat;

/**
 * A message as it is written: a line that ends in a backslash goes on in the next, and what stands between two
 * {@code """} has as many lines as it likes.
 */
final class Draft {
    private static final String QUOTES = "\"\"\"";
    private static final String GOES_ON = "\\";

    private Draft() {}

    /** Whether more lines belong to it. */
    static boolean isOpen(String lines) {
        return isQuoted(lines) ? lines.indexOf(QUOTES, start(lines)) < 0 : lines.endsWith(GOES_ON);
    }

    /** Returns what is meant: without the quotes, and without backslashes at the end of lines. */
    static String text(String lines) {
        if (!isQuoted(lines)) {
            return lines.replace(GOES_ON + "\n", "\n").strip();
        }
        int end = lines.indexOf(QUOTES, start(lines));
        String inside = lines.substring(start(lines), end < 0 ? lines.length() : end);
        String after = end < 0 ? "" : lines.substring(end + QUOTES.length());
        return (inside.strip() + after).strip();
    }

    private static boolean isQuoted(String lines) {
        return lines.stripLeading().startsWith(QUOTES);
    }

    private static int start(String lines) {
        return lines.indexOf(QUOTES) + QUOTES.length();
    }
}
