package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** One number, told once. */
record PassKeyProbe() implements Probe {
    private static final String QUESTION = "\n\nWhat is the pass key? The pass key is";

    @Override
    public String name() {
        return "pass key";
    }

    @Override
    public Trial draw(Material material) {
        String value = material.words().number(material.random());
        int[] told = material.tokens(statement(value));
        return new Trial(material.contextWith(told), Span.EMPTY, List.of(question(material, value)));
    }

    static String statement(String value) {
        return "\n\nThe pass key is " + value + ". Remember it. " + value + " is the pass key.\n\n";
    }

    static Question question(Material material, String value) {
        return Question.answer(material.tokens(QUESTION), material.tokens(" " + value), true);
    }
}
