package dev.sublinear.server.http.openai;

/** Text that a client chose, made fit for errors and logs: not too much of it, and no control characters. */
public final class ClientText {
    private ClientText() {}

    /** Returns at most so many characters, with a replacement character for each control. */
    public static String shown(String text, int most) {
        String shown = abbreviated(text, most);
        return shown.chars().anyMatch(ClientText::isControl)
                ? shown.chars()
                        .map(c -> isControl(c) ? '\ufffd' : c)
                        .collect(StringBuilder::new, (out, c) -> out.append((char) c), StringBuilder::append)
                        .toString()
                : shown;
    }

    private static String abbreviated(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        boolean splits = Character.isHighSurrogate(text.charAt(most - 1));
        return text.substring(0, splits ? most - 1 : most) + "…";
    }

    /** Also those of Unicode's second page, which terminals obey, and what some take for the end of a line. */
    private static boolean isControl(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
