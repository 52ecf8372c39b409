package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/** A layer made of arrays. */
public record ArrayLayer(
        int seen, int length, NDArray keys, NDArray values, NDArray tokenState, NDArray headState, NDArray positions)
        implements LayerView {
    @Override
    public int firstHead() {
        return 0;
    }
}
