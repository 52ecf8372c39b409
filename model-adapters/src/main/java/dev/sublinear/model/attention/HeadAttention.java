package dev.sublinear.model.attention;

import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.KvRows;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Attention of one token and one key-value head: its queries attend to the rows a block at a time, in any order and on any
 * thread, and what they find is joined. Dao et al., <a href="https://pytorch.org/blog/flash-decoding/">flash-decoding</a>, 2023.
 *
 * <p>Blocks and the order in which they are joined depend on the number of rows alone, and so do the bits of the result. The
 * memory serves one head after the other.
 */
final class HeadAttention {
    private static final int BLOCK = DecodeAttention.BLOCK;

    private final AtomicInteger blocksLeft = new AtomicInteger();
    private float[] queries = new float[0];
    private int group;
    private int size;
    private KvRows stored = new Float32Rows(0, FloatBuffer.allocate(0), FloatBuffer.allocate(0));
    private DoubleBuffer tokenState = DoubleBuffer.allocate(0);
    private int first;
    private int rows;
    private float[] out = queries;
    private int at;

    // What has been found, of each block and query: (blocks, group), and (blocks, group, size) and (group, rows).
    private float[] greatest = queries;
    private float[] sums = queries;
    private float[] found = queries;
    private float[] weights = queries;

    /**
     * Begins with queries of {@code size} numbers each, the first at {@code at}, which it multiplies by {@code scale}; what they
     * find will be written to the same place of {@code out}, which may be {@code query}.
     */
    void ask(float[] query, float scale, int group, int size, float[] out, int at) {
        this.group = group;
        this.size = size;
        this.out = out;
        this.at = at;
        queries = atLeast(group * size, queries);
        for (int i = 0; i < group * size; i++) {
            queries[i] = query[at + i] * scale;
        }
    }

    /**
     * Then, what is asked: {@code rows} rows, from {@code first} on.
     *
     * @param tokenState to which the mean of the weights that each row receives is added, unless it has no capacity
     */
    void of(KvRows stored, DoubleBuffer tokenState, int first, int rows) {
        this.stored = stored;
        this.tokenState = tokenState;
        this.first = first;
        this.rows = rows;
        int blocks = blocks();
        blocksLeft.set(blocks);
        greatest = atLeast(blocks * group, greatest);
        sums = atLeast(blocks * group, sums);
        found = atLeast(blocks * group * size, found);
        if (tokenState.capacity() > 0) {
            weights = atLeast(group * rows, weights);
        }
    }

    private static float[] atLeast(int count, float[] numbers) {
        return numbers.length >= count ? numbers : new float[count + count / 8];
    }

    int rows() {
        return rows;
    }

    int blocks() {
        return (rows + BLOCK - 1) / BLOCK;
    }

    /** Attends to a block. The thread that ends the last one joins them all. */
    void attend(int block, DecodeAttention kernel) {
        int start = block * BLOCK;
        int count = Math.min(BLOCK, rows - start);
        int row = block * group;
        kernel.attend(queries, group, size, stored, first + start, count, found, row * size);
        for (int query = 0; query < group; query++) {
            greatest[row + query] = kernel.greatest(query);
            sums[row + query] = kernel.sum(query);
            if (tokenState.capacity() > 0) {
                kernel.weights(query, weights, query * rows + start);
            }
        }
        if (blocksLeft.decrementAndGet() == 0) {
            join();
        }
    }

    private void join() {
        Arrays.fill(out, at, at + group * size, 0);
        for (int query = 0; query < group; query++) {
            share(query);
            for (int block = 0; block < blocks(); block++) {
                int row = block * group + query;
                for (int i = 0; i < size; i++) {
                    out[at + query * size + i] += found[row * size + i] * greatest[row];
                }
            }
        }
        if (tokenState.capacity() > 0) {
            addReceived();
        }
    }

    /** Puts in place of the greatest scores of a query what its weights in each block are multiplied by. */
    private void share(int query) {
        int end = blocks() * group;
        float most = Float.NEGATIVE_INFINITY;
        for (int i = query; i < end; i += group) {
            most = Math.max(most, greatest[i]);
        }
        float sum = 0;
        for (int i = query; i < end; i += group) {
            greatest[i] = (float) StrictMath.exp(greatest[i] - most);
            sum += sums[i] * greatest[i];
        }
        for (int i = query; i < end; i += group) {
            greatest[i] /= sum;
        }
    }

    private void addReceived() {
        for (int row = 0; row < rows; row++) {
            int shares = row / BLOCK * group;
            float received = 0;
            for (int query = 0; query < group; query++) {
                received += weights[query * rows + row] * greatest[shares + query];
            }
            tokenState.put(first + row, tokenState.get(first + row) + received / group);
        }
    }
}
