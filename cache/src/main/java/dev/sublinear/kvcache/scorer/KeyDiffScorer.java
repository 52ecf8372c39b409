package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps the tokens whose keys point away from the others: those whose mean cosine similarity to all keys held is least.
 *
 * <p>Park et al., <a href="https://arxiv.org/abs/2504.15364">KeyDiff: Key Similarity-Based KV Cache Eviction</a>, 2025, who
 * take the cosine with the mean direction: the same but for a factor of the whole head.
 */
public record KeyDiffScorer() implements Scorer {

    @Override
    public String name() {
        return "key-diff";
    }

    @Override
    public NDArray score(LayerView layer) {
        return KeyDirections.meanSimilarity(layer.keys()).neg();
    }
}
