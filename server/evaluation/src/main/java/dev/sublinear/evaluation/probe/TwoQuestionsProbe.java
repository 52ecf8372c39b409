package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Two of eight values are asked for, with running text between. Only the second counts, which nothing has announced. */
record TwoQuestionsProbe() implements Probe {
    private static final int TOKENS_BETWEEN = 128;

    @Override
    public String name() {
        return "two questions";
    }

    @Override
    public Trial draw(Haystack haystack) {
        KeyValuePairs pairs = KeyValuePairs.draw(haystack, KeyValuePairs.Values.NUMBERS);
        int count = pairs.keys().size();
        int first = pairs.any(haystack);
        int second = (first + 1 + haystack.random().nextInt(count - 1)) % count;
        int[] needle = pairs.needle(haystack);
        int[] between = Haystack.join(haystack.tokens(".\n\n"), haystack.excerpt(TOKENS_BETWEEN));
        return new Trial(
                haystack.contextWith(needle),
                Span.EMPTY,
                List.of(
                        Question.answer(pairs.question(haystack, first), pairs.answer(haystack, first), false),
                        Question.answer(
                                Haystack.join(between, pairs.question(haystack, second)),
                                pairs.answer(haystack, second),
                                true)));
    }
}
