package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/** What a scorer may read of a layer: one entry for each token held. Arrays are borrowed: neither close nor keep them. */
public interface LayerView {

    /** How many tokens have been appended ever. */
    int seen();

    /** How many tokens are held, the same in every head. */
    int length();

    /** Float32, shape (kvHeads, length, headDim); rotated to their original positions. */
    NDArray keys();

    /** Float32, shape (kvHeads, length, headDim). */
    NDArray values();

    /** What {@link Scorer#observe} has made of attention, zero for a token not yet observed; float64, shape (kvHeads, length). */
    NDArray importance();

    /** The place of each token in the sequence, ascending; int32, shape (kvHeads, length). */
    NDArray positions();
}
