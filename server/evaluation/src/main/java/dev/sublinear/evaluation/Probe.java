package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Something to be remembered: told in a context, asked for after it, when all evictions so far knew nothing of the question. */
interface Probe {

    /** The name in tables. */
    String name();

    /** Draws a context and what is asked of it. */
    Trial draw(Material material);

    /**
     * A context and what is asked after it.
     *
     * @param pinned positions of the context that the policy is told to keep
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Trial(int[] context, Span pinned, List<Question> questions) {}

    /**
     * The next tokens, and how they are judged: the score is the share of the tokens from {@code judged} on that the model
     * finds likeliest, or, for an answer, whether it finds all of them so, as greedy decoding would.
     *
     * @param counts whether it enters the score; one that does not only passes through the cache
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Question(int[] tokens, int judged, boolean whole, boolean counts) {

        /** An answer that is right or wrong. */
        static Question answer(int[] question, int[] answer, boolean counts) {
            return new Question(Material.join(question, answer), question.length, true, counts);
        }

        double score(float[][] logits) {
            int right = 0;
            for (int token = judged; token < tokens.length; token++) {
                right += NextToken.likeliest(logits[token - 1]) == tokens[token] ? 1 : 0;
            }
            int count = tokens.length - judged;
            return whole ? (right == count ? 1 : 0) : (double) right / count;
        }
    }
}
