package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * What one attention call of one layer saw. The arrays are borrowed: neither close nor keep them.
 *
 * @param signals in the shapes that {@link Signal} gives
 */
public record AttentionStep(Map<Signal, NDArray> signals) {

    /** A step of which only the attention weights are known. */
    public AttentionStep(NDArray weights) {
        this(Map.of(Signal.ATTENTION_WEIGHTS, weights));
    }

    /** Returns this step with one more signal. */
    public AttentionStep with(Signal signal, NDArray array) {
        Map<Signal, NDArray> more = new EnumMap<>(signals);
        more.put(signal, array);
        return new AttentionStep(more);
    }

    public NDArray weights() {
        return signal(Signal.ATTENTION_WEIGHTS);
    }

    public NDArray queries() {
        return signal(Signal.QUERIES);
    }

    /**
     * Checks what a scorer is about to read.
     *
     * @param heads that the signals are of
     * @param tokens that the signals are of
     * @param length tokens that each head holds
     * @return the rows of each head that the weights are of; whole blocks if they are not wanted
     */
    int requireShapes(Set<Signal> wanted, int heads, int headDim, int tokens, int length) {
        int blocks = KvShape.wholeBlocks(length);
        int rows = blocks;
        if (wanted.contains(Signal.ATTENTION_WEIGHTS)) {
            Shape weights = weights().getShape();
            require(
                    weights.dimension() == 3
                            && weights.get(0) == heads
                            && weights.get(1) == tokens
                            && (weights.get(2) == blocks || weights.get(2) == length),
                    "weights must have shape (%s, %s, %s or %s), was %s",
                    heads,
                    tokens,
                    length,
                    blocks,
                    weights);
            rows = (int) weights.get(2);
        }
        if (wanted.contains(Signal.QUERIES)) {
            Shape queries = queries().getShape();
            require(
                    queries.dimension() == 3
                            && queries.get(0) == heads
                            && tokens > 0
                            && queries.get(1) > 0
                            && queries.get(1) % tokens == 0
                            && queries.get(2) == headDim,
                    "queries must have shape (%s, a multiple of %s, %s), was %s",
                    heads,
                    tokens,
                    headDim,
                    queries);
        }
        return rows;
    }

    private NDArray signal(Signal signal) {
        NDArray array = signals.get(signal);
        if (array == null) {
            throw new IllegalArgumentException(
                    "the attention step must have the signal " + signal + ", has " + signals.keySet());
        }
        return array;
    }
}
