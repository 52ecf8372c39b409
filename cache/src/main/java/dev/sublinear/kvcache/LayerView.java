package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/**
 * Key-value heads of a layer that hold equally many tokens, as one rectangle: what a scorer reads. It has one entry for each
 * token held, in no order but the same in all arrays. Arrays are borrowed: neither close nor keep them.
 *
 * <p>Where heads have one budget, a view shows all of them; where each has its own, it shows one. So a scorer gives each head the
 * same scores whichever heads are shown beside it, unless it says otherwise.
 */
public interface LayerView {

    /** How many tokens have been appended ever. */
    int seen();

    /** Which head of the layer is the first one here; the others are the next ones of the layer. */
    int firstHead();

    /** How many tokens each of these heads holds. */
    int length();

    /** Float32 however they are stored, shape (kvHeads, length, headDim); rotated to their original positions. */
    NDArray keys();

    /** Float32 however they are stored, shape (kvHeads, length, headDim). */
    NDArray values();

    /**
     * What {@link Scorer#observe} remembers of each token; float64, shape (kvHeads, length), or (kvHeads, length, n) if
     * {@link Scorer#stateOfToken} is another number n than one.
     */
    NDArray tokenState();

    /** What {@link Scorer#observe} remembers of each head; float64, shape (kvHeads, {@link Scorer#stateOfHead}). */
    NDArray headState();

    /**
     * The queries of the newest {@code n} tokens, evicted or not, rotated to the positions {@code seen − n} to {@code seen − 1}
     * and not scaled; float32, shape (kvHeads, n, query heads that share a key-value head, headDim). They are those of {@link
     * Scorer#queries} tokens, or of fewer: as many as there are, or as truncation has left.
     */
    NDArray queries();

    /** The place of each token in the sequence; int32, shape (kvHeads, length). */
    NDArray positions();
}
