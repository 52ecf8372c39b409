package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.statistics.Logits;

/**
 * Tokens that follow a context, of which the last ones are the expected answer.
 *
 * @param tokens of the question, then of the answer
 * @param answerFrom index of the first token of the answer
 * @param wholeAnswer whether the score is 1 for an answer of greedy decoding that is entirely right, else 0; otherwise the score is
 *     the share of tokens of the answer that are the likeliest
 * @param counts whether the question enters the score of its trial; one that does not only passes through the cache
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Question(int[] tokens, int answerFrom, boolean wholeAnswer, boolean counts) {

    /** Returns a question whose answer is right or wrong as a whole. */
    static Question answer(int[] question, int[] answer, boolean counts) {
        return new Question(Haystack.join(question, answer), question.length, true, counts);
    }

    /** @param logits after each of the tokens */
    double score(float[][] logits) {
        int right = 0;
        for (int token = answerFrom; token < tokens.length; token++) {
            right += Logits.likeliest(logits[token - 1]) == tokens[token] ? 1 : 0;
        }
        int count = tokens.length - answerFrom;
        return wholeAnswer ? (right == count ? 1 : 0) : (double) right / count;
    }
}
