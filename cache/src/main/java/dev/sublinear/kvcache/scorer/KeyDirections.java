package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;

/** How much the keys of a head say the same. */
final class KeyDirections {
    private static final double TINY = 1e-20;

    private KeyDirections() {}

    /**
     * Returns the mean cosine similarity of each key to all keys of its head, shape (kvHeads, length): the product with the
     * mean direction, so that no key meets each other key. A key of zeros is similar to none.
     */
    static NDArray meanSimilarity(NDArray keys) {
        NDArray lengths = keys.norm(new int[] {2}, true).maximum(TINY); // (kvHeads, length, 1)
        NDArray mean = lengths.pow(-1)
                .transpose(0, 2, 1)
                .matMul(keys)
                .div(keys.getShape().get(1));
        return keys.matMul(mean.transpose(0, 2, 1)).div(lengths).squeeze(2);
    }
}
