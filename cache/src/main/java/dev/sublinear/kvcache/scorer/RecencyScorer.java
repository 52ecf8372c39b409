package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;

/**
 * Keeps the newest tokens; with {@code protection.sinks} it is StreamingLLM.
 *
 * <p>Xiao et al., <a href="https://arxiv.org/abs/2309.17453">Efficient Streaming Language Models with Attention
 * Sinks</a>, 2023. Unlike there, keys keep the rotation of their original position.
 */
public record RecencyScorer() implements Scorer {

    @Override
    public String name() {
        return "recency";
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.positions().toType(DataType.FLOAT64, false);
    }
}
