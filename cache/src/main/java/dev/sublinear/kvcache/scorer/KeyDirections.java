package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** How much the keys of a head say the same. */
final class KeyDirections {
    private static final float TINY = 1e-20f;

    private KeyDirections() {}

    /**
     * Returns the mean cosine similarity of each key to all keys of its head, shape (kvHeads, length): the product with the
     * mean direction, so that no key meets each other key. A key of zeros is similar to none.
     */
    static NDArray meanSimilarity(NDArray keys) {
        Shape shape = keys.getShape();
        float[] factors = keys.norm(new int[] {2}).toFloatArray();
        float root = (float) Math.sqrt((double) shape.get(1)); // of the mean's divisor, once for either key of a pair
        for (int i = 0; i < factors.length; i++) {
            factors[i] = 1 / (root * Math.max(factors[i], TINY));
        }
        NDArray unit = keys.getManager().create(factors, new Shape(shape.get(0), 1, shape.get(1)));
        NDArray direction = unit.matMul(keys).reshape(shape.get(0), shape.get(2), 1);
        return keys.matMul(direction).reshape(unit.getShape()).mul(unit).squeeze(1);
    }
}
