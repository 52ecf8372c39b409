package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.statistics.Logits;
import java.util.Arrays;

/**
 * Tokens that follow a context, of which the last ones are the expected answer.
 *
 * @param tokens of the question, then of the answer
 * @param answerFrom index of the first token of the answer
 * @param wholeAnswer whether the score is 1 where the model, writing on after the question, says the answer, else 0; otherwise the
 *     score is the share of tokens of the answer that are the likeliest
 * @param counts whether the question enters the score of its trial; one that does not only passes through the cache
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Question(int[] tokens, int answerFrom, boolean wholeAnswer, boolean counts) {

    /** Returns a question whose answer is right or wrong as a whole. */
    static Question answer(int[] question, int[] answer, boolean counts) {
        return new Question(Haystack.join(question, answer), question.length, true, counts);
    }

    /** Returns the tokens without the answer. */
    int[] asked() {
        return Arrays.copyOf(tokens, answerFrom);
    }

    int[] answer() {
        return Arrays.copyOfRange(tokens, answerFrom, tokens.length);
    }

    /**
     * Returns the share of tokens of the answer that are the likeliest.
     *
     * @param logits after each of the tokens
     */
    double share(float[][] logits) {
        int right = 0;
        for (int token = answerFrom; token < tokens.length; token++) {
            right += Logits.likeliest(logits[token - 1]) == tokens[token] ? 1 : 0;
        }
        return (double) right / (tokens.length - answerFrom);
    }

    /** Whether what a model wrote begins with the answer, up to the end of a word or number; space before it does not count. */
    static boolean says(String written, String answer) {
        String said = written.strip();
        String wanted = answer.strip();
        return said.startsWith(wanted)
                && (said.length() == wanted.length() || !Character.isLetterOrDigit(said.charAt(wanted.length())));
    }
}
