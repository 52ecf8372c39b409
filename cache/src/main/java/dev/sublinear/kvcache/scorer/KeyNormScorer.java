package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps the tokens with the smallest keys, which tend to draw the most attention.
 *
 * <p>Devoto et al., <a href="https://arxiv.org/abs/2406.11430">A Simple and Effective L2 Norm-Based Strategy for KV Cache
 * Compression</a>, 2024, which spares the first layers; here all layers are alike.
 */
public record KeyNormScorer() implements Scorer {

    @Override
    public String name() {
        return "key-norm";
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.keys().norm(new int[] {2}).neg();
    }
}
