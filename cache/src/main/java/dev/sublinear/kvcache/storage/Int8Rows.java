package dev.sublinear.kvcache.storage;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * Rows of {@link KvStorage#INT8}. Of keys, a {@link #BLOCK} of rows lies together dimension by dimension: the first numbers of
 * all its rows, then their second ones. So a vector of the processor multiplies many rows at once, and nothing is summed across
 * its lanes. Of values, the numbers of one row follow those of the other.
 *
 * @param size numbers of a key, and of a value
 * @param keyScales what the numbers of each row's key are multiplied with
 * @param valueScales what those of its value are multiplied with
 */
public record Int8Rows(int size, ByteBuffer keys, FloatBuffer keyScales, ByteBuffer values, FloatBuffer valueScales)
        implements KvRows {
    /** The largest of the whole numbers. */
    public static final int MOST = 127;

    /** What numbers are divided by at the least, so that a vector of zeros is one of zeros. */
    public static final float LEAST_SCALE = 1e-30f;

    @Override
    public void put(int row, float[] numbers, int key, int value) {
        int inBlock = row % BLOCK;
        float keyScale = scale(numbers, key);
        int at = (row - inBlock) * size + inBlock;
        for (int i = 0; i < size; i++) {
            keys.put(at + i * BLOCK, whole(numbers[key + i], keyScale));
        }
        keyScales.put(row, keyScale);
        float valueScale = scale(numbers, value);
        for (int i = 0; i < size; i++) {
            values.put(row * size + i, whole(numbers[value + i], valueScale));
        }
        valueScales.put(row, valueScale);
    }

    private float scale(float[] numbers, int at) {
        float greatest = 0;
        for (int i = at; i < at + size; i++) {
            greatest = Math.max(greatest, Math.abs(numbers[i]));
        }
        return greatest / MOST;
    }

    private static byte whole(float number, float scale) {
        return (byte) Math.rint(number / Math.max(scale, LEAST_SCALE));
    }
}
