package dev.sublinear.kvcache.storage;

import ai.djl.ndarray.NDArray;

/**
 * All rows of a layer as tensors, in use or not, those of one head after those of the other. To be written only in rows just
 * claimed.
 *
 * @param keys of the type of the {@link KvStorage}, shape (rows, headDim); of int8, they lie in memory as {@link Int8Rows} says
 * @param keyScales float32, shape (rows), what the numbers of each key are multiplied with; (rows, 0) where they are not
 * @param values the same type and shape
 * @param valueScales the same for values
 * @param tokenState float64, shape (rows) or (rows, n), to be written only where the scorer sums attention
 * @param queries float32, shape (newest tokens, query heads · headDim): those of the token at position p are to be written to row p
 *     modulo their number, rotated and not scaled
 */
public record LayerTensors(
        NDArray keys, NDArray keyScales, NDArray values, NDArray valueScales, NDArray tokenState, NDArray queries) {}
