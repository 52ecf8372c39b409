package dev.sublinear.engine.chat;

import java.util.OptionalInt;

/** Finds where JSON ends in a text that goes on, or that has not come to its end. */
final class JsonText {
    private JsonText() {}

    /** Returns the index of the first character that is not white space, from an index on. */
    static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** Returns the index behind an object or array that begins at an index; none if it does not end. */
    static OptionalInt end(String text, int from) {
        int depth = 0;
        boolean quoted = false;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quoted) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    quoted = false;
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
                if (depth == 0) {
                    return OptionalInt.of(i + 1);
                }
            }
        }
        return OptionalInt.empty();
    }
}
