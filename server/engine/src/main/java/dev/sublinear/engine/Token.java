package dev.sublinear.engine;

import dev.sublinear.engine.chat.Said;
import dev.sublinear.engine.sampling.Logprobs;
import java.util.List;

/**
 * What a generated token adds to an answer. A character may need several tokens, and a stop text or a call may be beginning:
 * until that is clear, texts are empty. What is left at the end of an answer comes in one more of these, whose id is {@link #NO_ID}.
 *
 * @param id in the model's vocabulary
 * @param text words for the reader
 * @param thought what the model thinks before it answers
 * @param calls that are complete now
 * @param logprobs {@link Logprobs#NONE} unless they were asked for
 */
public record Token(int id, String text, String thought, List<Said.Called> calls, Logprobs logprobs) {
    /** Of the rest of an answer, which no token of its own brings. */
    public static final int NO_ID = -1;

    public Token {
        calls = List.copyOf(calls);
    }
}
