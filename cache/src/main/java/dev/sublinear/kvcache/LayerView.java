package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/**
 * What a scorer may read of a layer: one entry for each token held, in no order but the same in all arrays. Arrays are
 * borrowed: neither close nor keep them.
 */
public interface LayerView {

    /** How many tokens have been appended ever. */
    int seen();

    /** How many tokens are held, the same in every head. */
    int length();

    /** Float32 however they are stored, shape (kvHeads, length, headDim); rotated to their original positions. */
    NDArray keys();

    /** Float32 however they are stored, shape (kvHeads, length, headDim). */
    NDArray values();

    /**
     * What {@link Scorer#observe} remembers of each token; float64, shape (kvHeads, length), or (kvHeads, length, n) if
     * {@link Scorer#stateOfToken} is another number n than one.
     */
    NDArray importance();

    /** What {@link Scorer#observe} remembers of each head; float64, shape (kvHeads, {@link Scorer#stateOfHead}). */
    NDArray summary();

    /** The place of each token in the sequence; int32, shape (kvHeads, length). */
    NDArray positions();
}
