package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Pass key retrieval: one number, told once. Mohtashami and Jaggi, <a href="https://arxiv.org/abs/2305.16300">2023</a>. */
record PassKeyProbe() implements Probe {
    private static final String QUESTION = "\n\nWhat is the pass key? The pass key is";

    @Override
    public String name() {
        return "pass key";
    }

    @Override
    public Trial draw(Haystack haystack) {
        String value = haystack.number();
        int[] needle = haystack.tokens(statement(value));
        return new Trial(haystack.contextWith(needle), Span.EMPTY, List.of(question(haystack, value)));
    }

    static String statement(String value) {
        return "\n\nThe pass key is " + value + ". Remember it. " + value + " is the pass key.\n\n";
    }

    static Question question(Haystack haystack, String value) {
        return Question.answer(haystack.tokens(QUESTION), haystack.tokens(" " + value), true);
    }
}
