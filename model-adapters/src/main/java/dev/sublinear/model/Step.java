package dev.sublinear.model;

import dev.sublinear.kvcache.KvCache;
import java.util.List;

/**
 * One forward pass: new tokens of one sequence or several.
 *
 * @param slices in the order in which their logits are returned; no cache twice
 */
public record Step(List<Slice> slices) {

    public Step {
        slices = List.copyOf(slices);
        if (slices.isEmpty()) {
            throw new IllegalArgumentException("a step must have at least one slice");
        }
    }

    public static Step of(Slice... slices) {
        return new Step(List.of(slices));
    }

    public int tokens() {
        return slices.stream().mapToInt(slice -> slice.tokens().length).sum();
    }

    /**
     * The next tokens of one sequence.
     *
     * @param cache which has seen all tokens before these
     * @param tokens ids within the vocabulary, at least one
     * @param outputs for how many of the last of these tokens logits are wanted: 1 to predict the next, 0 in the middle of
     *     a prompt
     */
    @SuppressWarnings("ArrayRecordComponent") // a message for one call: nobody compares or keeps it
    public record Slice(KvCache cache, int[] tokens, int outputs) {
        public Slice {
            if (tokens.length == 0) {
                throw new IllegalArgumentException("a slice must have at least one token");
            }
            if (outputs < 0 || outputs > tokens.length) {
                throw new IllegalArgumentException(
                        "outputs must be in [0, " + tokens.length + "], the tokens of the slice, was " + outputs);
            }
        }
    }
}
