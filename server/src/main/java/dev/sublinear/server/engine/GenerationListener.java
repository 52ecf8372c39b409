package dev.sublinear.server.engine;

/** Hears what becomes of one request, on the engine thread: must return at once. Either of the last two comes once. */
public interface GenerationListener {

    /** A token was chosen. Its text may be empty: a character may need several, a stop text may be beginning. */
    void onToken(int id, String text);

    /**
     * The sequence is complete or was cancelled.
     *
     * @param rest text that was held back and now will not change any more, often empty
     */
    void onFinished(String rest, Completion completion);

    /** The sequence failed. The others did not. */
    void onFailed(GenerationException failure);
}
