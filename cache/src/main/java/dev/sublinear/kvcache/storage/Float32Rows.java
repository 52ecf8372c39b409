package dev.sublinear.kvcache.storage;

import java.nio.FloatBuffer;

/**
 * Rows of {@link KvStorage#FLOAT32}.
 *
 * @param size numbers of a key, and of a value
 * @param keys the numbers of one row after those of the other
 * @param values in the same order
 */
public record Float32Rows(int size, FloatBuffer keys, FloatBuffer values) implements KvRows {

    @Override
    public void put(int row, float[] numbers, int key, int value) {
        keys.put(row * size, numbers, key, size);
        values.put(row * size, numbers, value, size);
    }
}
