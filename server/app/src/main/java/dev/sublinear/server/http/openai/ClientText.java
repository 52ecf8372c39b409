package dev.sublinear.server.http.openai;

/** Makes text that a client chose fit for errors and logs: bounded, and without control characters. */
public final class ClientText {
    private ClientText() {}

    /** Returns at most {@code most} characters, with a replacement character for each control character. */
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

    /** Includes the C1 controls, which terminals obey, and the two separators that some readers take for the end of a line. */
    private static boolean isControl(int c) {
        return Character.isISOControl(c) || c == '\u2028' || c == '\u2029';
    }
}
