package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/** A layer made of arrays. */
public record ArrayLayer(
        int seen,
        int firstHead,
        int length,
        NDArray keys,
        NDArray values,
        NDArray tokenState,
        NDArray headState,
        NDArray queries,
        NDArray positions)
        implements LayerView {

    /** A layer that keeps no queries. */
    public ArrayLayer(
            int seen,
            int length,
            NDArray keys,
            NDArray values,
            NDArray tokenState,
            NDArray headState,
            NDArray positions) {
        this(seen, length, keys, values, tokenState, headState, none(keys), positions);
    }

    /** The first heads of a layer. */
    public ArrayLayer(
            int seen,
            int length,
            NDArray keys,
            NDArray values,
            NDArray tokenState,
            NDArray headState,
            NDArray queries,
            NDArray positions) {
        this(seen, 0, length, keys, values, tokenState, headState, queries, positions);
    }

    private static NDArray none(NDArray keys) {
        return keys.getManager().zeros(new Shape(keys.getShape().get(0), 0, 1, 1), DataType.FLOAT32);
    }
}
