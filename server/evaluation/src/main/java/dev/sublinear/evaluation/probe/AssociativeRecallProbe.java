package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Associative recall: eight key-value pairs are told, and the value of a random one is asked for. */
record AssociativeRecallProbe(KeyValuePairs.Values values) implements Probe {

    @Override
    public String name() {
        return values == KeyValuePairs.Values.WORDS ? "associative recall, words" : "associative recall";
    }

    @Override
    public Trial draw(Haystack haystack) {
        KeyValuePairs pairs = KeyValuePairs.draw(haystack, values);
        int asked = pairs.any(haystack);
        Question question = Question.answer(pairs.question(haystack, asked), pairs.answer(haystack, asked), true);
        return new Trial(haystack.contextWith(pairs.needle(haystack)), Span.EMPTY, List.of(question));
    }
}
