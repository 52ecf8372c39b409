package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Rules.require;

/**
 * The sizes of a sequence's cache.
 *
 * @param layers layers of the model
 * @param kvHeads key-value heads of a layer
 * @param headDim numbers in a key, and in a value
 */
public record KvShape(int layers, int kvHeads, int headDim) {

    /**
     * Rows come in blocks of this many tokens. Attention reads whole blocks, whose unused rows are zero and masked, so
     * that the shape of its products, and with it their rounding, does not depend on how many tokens arrive at once.
     */
    static final int BLOCK = 64;

    public KvShape {
        require(layers >= 1, "layers must be at least 1, was %s", layers);
        require(kvHeads >= 1, "kvHeads must be at least 1, was %s", kvHeads);
        require(headDim >= 1, "headDim must be at least 1, was %s", headDim);
    }

    /** Returns the bytes of one layer that has room for so many tokens: key, value, importance and position. */
    public long layerBytes(int capacity) {
        return (long) kvHeads * capacity * (2L * Float.BYTES * headDim + Double.BYTES + Integer.BYTES);
    }

    /**
     * Returns the most bytes that a sequence uses until it has seen so many tokens: its peak in every layer, and one
     * column more, because a column that grows is there twice for a moment.
     */
    public long peakBytes(EvictionPolicy policy, int seen) {
        int capacity = wholeBlocks(policy.peak(seen));
        return layers * layerBytes(capacity)
                + (long) kvHeads * capacity * Math.max(Float.BYTES * headDim, Double.BYTES);
    }

    /** Returns the rows of as many whole blocks as so many tokens need. */
    static int wholeBlocks(int tokens) {
        return Math.toIntExact((tokens + BLOCK - 1L) / BLOCK * BLOCK);
    }
}
