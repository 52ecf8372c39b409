package dev.sublinear.engine.chat;

import java.util.List;
import java.util.OptionalInt;

/** Reads JSON between two texts, of which the second may be missing. */
record TaggedJson(String opening, String closing) {

    /**
     * Reads a text that begins with the opening.
     *
     * @param first what the JSON may begin with, of an object and an array
     */
    Reading read(String text, String first, Callable callable) {
        int start = JsonText.skipSpace(text, opening.length());
        if (start == text.length()) {
            return Reading.UNCLEAR;
        }
        if (first.indexOf(text.charAt(start)) < 0) {
            return Reading.NO_CALL;
        }
        OptionalInt end = JsonText.end(text, start);
        if (end.isEmpty()) {
            return Reading.UNCLEAR;
        }
        int after = JsonText.skipSpace(text, end.getAsInt());
        if (!closing.isEmpty()
                && closing.startsWith(text.substring(after))
                && text.length() - after < closing.length()) {
            return Reading.UNCLEAR;
        }
        List<Call> calls = callable.calls(text.substring(start, end.getAsInt()));
        boolean closed = !closing.isEmpty() && text.startsWith(closing, after);
        int length = closed ? after + closing.length() : end.getAsInt();
        return calls.isEmpty() ? Reading.NO_CALL : new Reading.Calls(calls, length);
    }
}
