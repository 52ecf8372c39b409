package dev.sublinear.kvcache.scorer;

import java.util.stream.IntStream;

/**
 * Orders the tokens of a head by radix, a byte at a time: several times as fast as a sort that compares, and equal ones keep the
 * order in which they came.
 */
final class Order {
    private static final int BYTE = 256;

    private Order() {}

    /** Returns the indices from {@code first} on of {@code length} tokens, the oldest first. */
    static int[] byAge(int[] positions, int first, int length) {
        return sorted(IntStream.range(first, first + length).toArray(), positions);
    }

    /** Returns the indices of {@code order} again, the one with the least score first. */
    static int[] byScore(float[] scores, int[] order) {
        int[] keys = new int[scores.length];
        for (int index : order) {
            int bits = Float.floatToRawIntBits(scores[index] + 0.0f); // no -0.0
            keys[index] = bits ^ (bits >> 31 | Integer.MIN_VALUE); // as an unsigned number in the order of the floats
        }
        return sorted(order, keys);
    }

    private static int[] sorted(int[] order, int[] unsigned) {
        int[] sorted = order;
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            int[] places = new int[BYTE + 1];
            for (int index : sorted) {
                places[(unsigned[index] >>> shift & (BYTE - 1)) + 1]++;
            }
            for (int i = 0; i < BYTE; i++) {
                places[i + 1] += places[i];
            }
            int[] next = new int[sorted.length];
            for (int index : sorted) {
                next[places[unsigned[index] >>> shift & (BYTE - 1)]++] = index;
            }
            sorted = next;
        }
        return sorted;
    }
}
