package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps the tokens whose keys point away from the others: those least similar to the mean direction of all keys held.
 *
 * <p>Park et al., <a href="https://arxiv.org/abs/2504.15364">KeyDiff: Key Similarity-Based KV Cache Eviction</a>, 2025.
 */
public record KeyDiffScorer() implements Scorer {
    private static final double TINY = 1e-20;

    @Override
    public String name() {
        return "key-diff";
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray directions = unit(layer.keys());
        NDArray mean = unit(directions.mean(new int[] {1}, true));
        return directions.mul(mean).sum(new int[] {2}).neg();
    }

    /** Vectors of length one; a vector of zeros stays one. */
    private static NDArray unit(NDArray vectors) {
        return vectors.div(vectors.square().sum(new int[] {2}, true).add(TINY).sqrt());
    }
}
