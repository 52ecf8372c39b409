package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/**
 * One of eight values is asked for and answered soon after the pairs were told, and asked for again at the end: does a scorer
 * that counts attention keep what has been used?
 */
record AskedAgainProbe() implements Probe {
    private static final int TOKENS_BETWEEN = 32;

    @Override
    public String name() {
        return "asked again";
    }

    @Override
    public Trial draw(Haystack haystack) {
        KeyValuePairs pairs = KeyValuePairs.draw(haystack, KeyValuePairs.Values.NUMBERS);
        int asked = pairs.any(haystack);
        int[] question = pairs.question(haystack, asked);
        int[] answer = pairs.answer(haystack, asked);
        int[] needle = Haystack.join(
                pairs.needle(haystack), haystack.excerpt(TOKENS_BETWEEN), question, answer, haystack.tokens(".\n\n"));
        return new Trial(haystack.contextWith(needle), Span.EMPTY, List.of(Question.answer(question, answer, true)));
    }
}
