package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Two of eight facts are asked for, one after the other with text between: the second counts, which nothing announced. */
record TwoQuestionsProbe() implements Probe {
    private static final int BETWEEN = 128;

    @Override
    public String name() {
        return "two questions";
    }

    @Override
    public Trial draw(Material material) {
        Facts facts = Facts.draw(material, Facts.Values.NUMBERS);
        int first = material.random().nextInt(facts.keys().size());
        int second = (first + 1 + material.random().nextInt(facts.keys().size() - 1))
                % facts.keys().size();
        int[] told = facts.told(material);
        int[] between = Material.join(material.tokens(".\n\n"), material.excerpt(BETWEEN));
        return new Trial(
                material.contextWith(told),
                Span.EMPTY,
                List.of(
                        Question.answer(facts.question(material, first), facts.answer(material, first), false),
                        Question.answer(
                                Material.join(between, facts.question(material, second)),
                                facts.answer(material, second),
                                true)));
    }
}
