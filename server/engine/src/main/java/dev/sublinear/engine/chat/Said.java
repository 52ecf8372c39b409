package dev.sublinear.engine.chat;

/** A part of an answer. */
public sealed interface Said {
    /** What is meant for the reader. */
    record Words(String text) implements Said {}

    /** What the model thinks before it answers. */
    record Thought(String text) implements Said {}

    /**
     * A function that it calls.
     *
     * @param id by which a later message answers it
     */
    record Called(String id, Call call) implements Said {}
}
