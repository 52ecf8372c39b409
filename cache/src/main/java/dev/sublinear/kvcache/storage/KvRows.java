package dev.sublinear.kvcache.storage;

/**
 * The keys and values of all heads of a layer in the memory of the processor, for a kernel that reads and writes it: a row for
 * each token of each head, those of one head after those of the other.
 */
public sealed interface KvRows permits Float32Rows, Int8Rows {
    /** Rows come in blocks of this many tokens: each head begins with a block. */
    int BLOCK = 64;

    /** How many numbers a key has, and a value. */
    int size();

    /**
     * Writes a row.
     *
     * @param key where the numbers of the key begin in {@code numbers}
     * @param value where those of the value do
     */
    void put(int row, float[] numbers, int key, int value);
}
