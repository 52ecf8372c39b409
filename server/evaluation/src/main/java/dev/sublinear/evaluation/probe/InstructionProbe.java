package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/**
 * A pass key told at the very beginning, where a system prompt stands, and asked for at the end.
 *
 * @param pinned whether the policy is told to keep it
 */
record InstructionProbe(boolean pinned) implements Probe {

    @Override
    public String name() {
        return pinned ? "instruction, pinned" : "instruction, not pinned";
    }

    @Override
    public Trial draw(Haystack haystack) {
        String value = haystack.number();
        int[] needle = haystack.tokens(PassKeyProbe.statement(value));
        int from = haystack.corpus().prefix().length;
        return new Trial(
                haystack.atStart().contextWith(needle),
                pinned ? new Span(from, from + needle.length) : Span.EMPTY,
                List.of(PassKeyProbe.question(haystack, value)));
    }
}
