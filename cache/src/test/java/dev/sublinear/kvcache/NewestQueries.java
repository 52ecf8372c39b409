package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Set;

/**
 * Ranks tokens by their keys' products with the newest queries, to test the queries that a layer keeps.
 *
 * @param sumsAttention whether it adds what is remembered of the attention that a token received
 */
record NewestQueries(int queries, boolean sumsAttention) implements Scorer {
    @Override
    public String name() {
        return "newest-queries";
    }

    @Override
    public Set<Signal> needs() {
        return sumsAttention ? Set.of(Signal.ATTENTION_WEIGHTS) : Set.of();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        state.tokenState().addi(step.weights().toType(DataType.FLOAT64, false).sum(new int[] {1}));
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray keys = layer.keys().toType(DataType.FLOAT64, false);
        NDArray asked = layer.queries().toType(DataType.FLOAT64, false).sum(new int[] {1, 2});
        NDArray products = asked.expandDims(1).matMul(keys.transpose(0, 2, 1)).squeeze(1);
        return sumsAttention ? products.add(layer.tokenState()) : products;
    }
}
