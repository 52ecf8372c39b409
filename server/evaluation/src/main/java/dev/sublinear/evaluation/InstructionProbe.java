package dev.sublinear.evaluation;

import dev.sublinear.kvcache.Protection.Span;
import java.util.List;

/**
 * A rule told at the very beginning, as a system prompt is, and asked for at the end.
 *
 * @param pinned whether the policy is told to keep it
 */
record InstructionProbe(boolean pinned) implements Probe {

    @Override
    public String name() {
        return pinned ? "instruction, pinned" : "instruction, not pinned";
    }

    @Override
    public Trial draw(Material material) {
        String value = material.words().number(material.random());
        int[] told = material.tokens(PassKeyProbe.statement(value));
        Material atStart = new Material(
                material.corpus(), material.tokenizer(), material.words(), material.random(), material.context(), 0);
        int from = material.corpus().prefix().length;
        return new Trial(
                atStart.contextWith(told),
                pinned ? new Span(from, from + told.length) : Span.EMPTY,
                List.of(PassKeyProbe.question(material, value)));
    }
}
