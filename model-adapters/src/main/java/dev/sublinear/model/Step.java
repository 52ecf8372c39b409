package dev.sublinear.model;

import dev.sublinear.kvcache.KvCache;
import java.util.List;

/**
 * One forward pass over new tokens of one or several sequences.
 *
 * @param slices one for each sequence, in the order of the returned logits
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
     * @param cache the cache of the sequence, which has seen all tokens before these
     * @param tokens ids within the vocabulary, at least one
     * @param outputs the number of last tokens whose logits are returned: 1 to predict the next, 0 in the middle of a prompt
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
