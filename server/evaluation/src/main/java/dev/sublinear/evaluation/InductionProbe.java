package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/** A segment of 128 tokens in an order that no text has, and the same again at the end: copying, token by token. */
record InductionProbe() implements Probe {
    private static final int SEGMENT = 128;
    private static final int CUE = 16;

    @Override
    public String name() {
        return "induction";
    }

    @Override
    public Trial draw(Material material) {
        int[] segment = new int[SEGMENT];
        for (int i = 0; i < SEGMENT; i++) {
            segment[i] = material.anyToken();
        }
        return new Trial(material.contextWith(segment), Span.EMPTY, List.of(new Question(segment, CUE, false, true)));
    }
}
