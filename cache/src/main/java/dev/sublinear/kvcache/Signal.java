package dev.sublinear.kvcache;

/** What a scorer reads of an attention call beyond the keys and values. */
public enum Signal {
    /**
     * The softmax weights, averaged over the query heads that share a key-value head, zero for rows not in use; shape
     * (kvHeads, queries, rows), rows as in {@link LayerCache#rows}, the same in all heads, or only those of the tokens held. Without this,
     * attention need not hand them over.
     */
    ATTENTION_WEIGHTS,

    /**
     * The queries, rotated and not scaled, those of one token next to one another; float32, shape (kvHeads, tokens ·
     * query heads that share a key-value head, headDim).
     */
    QUERIES
}
