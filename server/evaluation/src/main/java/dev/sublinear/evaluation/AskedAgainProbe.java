package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** One of eight facts is asked for soon after it was told, and again at the end: has having been of use kept it? */
record AskedAgainProbe() implements Probe {
    private static final int SOON = 32;

    @Override
    public String name() {
        return "asked again";
    }

    @Override
    public Trial draw(Material material) {
        Facts facts = Facts.draw(material, Facts.Values.NUMBERS);
        int fact = material.random().nextInt(facts.keys().size());
        int[] question = facts.question(material, fact);
        int[] answer = facts.answer(material, fact);
        int[] told =
                Material.join(facts.told(material), material.excerpt(SOON), question, answer, material.tokens(".\n\n"));
        return new Trial(material.contextWith(told), Span.EMPTY, List.of(Question.answer(question, answer, true)));
    }
}
