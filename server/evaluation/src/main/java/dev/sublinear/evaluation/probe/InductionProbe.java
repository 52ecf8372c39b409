package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** Induction: a segment of 128 random tokens, which the model has to copy token by token when it begins again at the end. */
record InductionProbe() implements Probe {
    private static final int SEGMENT = 128;

    /** Tokens of the second copy that are given before the rest of it is judged. */
    private static final int CUE = 16;

    @Override
    public String name() {
        return "induction";
    }

    @Override
    public Trial draw(Haystack haystack) {
        int[] segment = new int[SEGMENT];
        for (int i = 0; i < SEGMENT; i++) {
            segment[i] = haystack.anyToken();
        }
        return new Trial(haystack.contextWith(segment), Span.EMPTY, List.of(new Question(segment, CUE, false, true)));
    }
}
