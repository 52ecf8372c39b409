package dev.sublinear.engine.chat;

import java.util.List;

/** What a text that begins as a call is. */
sealed interface Reading {
    /** More of it must come before that is clear. */
    Reading UNCLEAR = new Unclear();

    /** No call. */
    Reading NO_CALL = new NoCall();

    record Unclear() implements Reading {}

    record NoCall() implements Reading {}

    /**
     * Calls.
     *
     * @param length of the text that they take
     */
    record Calls(List<Call> calls, int length) implements Reading {}
}
