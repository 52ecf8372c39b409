package dev.sublinear.engine.generation;

import dev.sublinear.engine.sampling.Logprobs;
import java.util.List;

/**
 * Hears what becomes of one request, on the engine thread: must return at once. Either of the last two comes once, and
 * nothing after it.
 */
public interface GenerationListener {

    /**
     * The prompt has been read; comes before the first token, if its logprobs are wanted.
     *
     * @param logprobs of each token of the prompt; of the first {@link Logprobs#NONE}
     */
    default void onPromptRead(List<Logprobs> logprobs) {}

    /** A choice has a further token. */
    void onToken(int choice, ChosenToken token);

    /**
     * A choice is complete; the others go on.
     *
     * @param rest text that was held back and now will not change any more, often empty
     */
    void onChoiceFinished(int choice, String rest, FinishReason reason);

    /** All choices are complete, or the request was cancelled. */
    void onFinished(Completion completion);

    /** The request failed. The others did not. */
    void onFailed(GenerationException failure);

    /**
     * A chosen token.
     *
     * @param text that can be told now; may be empty: a character may need several tokens, a stop text may be beginning
     * @param logprobs {@link Logprobs#NONE} if they are not wanted
     */
    record ChosenToken(int id, String text, Logprobs logprobs) {}
}
