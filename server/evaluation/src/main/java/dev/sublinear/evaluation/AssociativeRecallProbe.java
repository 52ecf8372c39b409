package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Eight keys with a value each, of which one is asked for; which one is not known before. */
record AssociativeRecallProbe(Facts.Values values) implements Probe {

    @Override
    public String name() {
        return values == Facts.Values.WORDS ? "associative recall, words" : "associative recall";
    }

    @Override
    public Trial draw(Material material) {
        Facts facts = Facts.draw(material, values);
        int fact = material.random().nextInt(facts.keys().size());
        Question question = Question.answer(facts.question(material, fact), facts.answer(material, fact), true);
        return new Trial(material.contextWith(facts.told(material)), Span.EMPTY, List.of(question));
    }
}
