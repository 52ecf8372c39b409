package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;

/**
 * How far ahead of need the columns of a sequence grow. A column that grows is copied whole, so a long one takes room for many
 * tokens at once: within what is reserved for the sequence, which it may come to need anyway.
 *
 * @param policy of all layers
 */
record Growth(KvShape shape, EvictionPolicy policy, KvMemory.Reservation memory) {

    /**
     * Returns for how many tokens more than are needed a layer makes room: between a sixteenth and an eighth of those seen, each
     * layer its own share, so that they do not all grow in the same step.
     */
    int ahead(int layer, int seen) {
        long share = (long) seen * (shape.layers() + layer) / (16L * shape.layers());
        int ahead = (int) Math.min(share, Integer.MAX_VALUE - seen);
        while (ahead >= BLOCK && shape.peakBytes(policy, seen + ahead) > memory.bytes()) {
            ahead /= 2;
        }
        return ahead < BLOCK ? 0 : ahead;
    }
}
