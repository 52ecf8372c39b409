package dev.sublinear.engine.chat;

/** Finds what may become a text once more comes. */
final class Beginnings {
    private Beginnings() {}

    /** The number of last characters that begin {@code text} without completing it. */
    static int atEnd(CharSequence characters, String text) {
        for (int length = Math.min(text.length() - 1, characters.length()); length > 0; length--) {
            String end = characters
                    .subSequence(characters.length() - length, characters.length())
                    .toString();
            if (text.startsWith(end)) {
                return length;
            }
        }
        return 0;
    }
}
