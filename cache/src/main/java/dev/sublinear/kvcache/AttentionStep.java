package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/**
 * What one attention call of one layer saw. The arrays are borrowed: neither close nor keep them.
 *
 * @param weights softmax weights, averaged over the query heads that share a key-value head, zero for rows not in use;
 *     shape (kvHeads, queries, rows), rows as in {@link LayerCache#rows} or only those of the tokens held
 */
public record AttentionStep(NDArray weights) {}
