package dev.sublinear.model.attention.vector;

import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvRows;
import dev.sublinear.model.attention.DecodeAttention;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/*
 * Rules that keep C2 of JDK 17 from boxing vectors, which makes them a hundred times slower:
 * (1) one shape of float vectors in the whole process: a second one spoils the type profiles that inlining follows;
 * (2) small methods whose vectors begin and end in arrays, six accumulators at most;
 * (3) no masks, no shuffles: sums across lanes go through memory, at a shifted address;
 * (4) rows are copied to the heap, a tile at a time that fits the first-level cache: reading the buffer itself is slower.
 *
 * Every sum has an order of its own that depends on the row and the size alone.
 */
public final class VectorAttention implements DecodeAttention {
    private static final int L = FloatVector.SPECIES_PREFERRED.length();
    private static final boolean WIDE = L == 16; // AVX-512, otherwise AVX2

    private final Float32Kernel float32 = new Float32Kernel();
    private final Int8Kernel int8 = new Int8Kernel();
    private final Softmax softmax = new Softmax();
    private float[] weights = new float[0];
    private float[] greatest = weights;
    private float[] sums = weights;
    private int rows;

    public VectorAttention() {
        if (L != 8 && !WIDE) {
            throw new IllegalStateException("the processor's vectors have " + L + " numbers, not 8 or 16");
        }
    }

    @Override
    public boolean takes(int size) {
        return Float32Kernel.takes(size) && Int8Kernel.takes(size);
    }

    /** With AVX-512 and one thread, libtorch's products catch up. */
    @Override
    public int mostRows(int threads) {
        return WIDE && threads == 1 ? 8192 : Integer.MAX_VALUE;
    }

    @Override
    public void attend(
            float[] queries, int group, int size, KvRows stored, int first, int rows, float[] found, int at) {
        prepare(group, rows);
        RowKernel kernel = kernel(stored);
        kernel.score(queries, group, size, first, rows, weights);
        for (int query = 0; query < group; query++) {
            int its = query * RowKernel.STRIDE;
            greatest[query] = softmax.greatest(weights, its, rows);
            sums[query] = softmax.exponentials(weights, its, rows, greatest[query]);
        }
        Arrays.fill(found, at, at + group * size, 0);
        kernel.add(weights, group, size, first, rows, found, at);
    }

    private RowKernel kernel(KvRows stored) {
        return stored instanceof Int8Rows rounded ? int8.over(rounded) : float32.over((Float32Rows) stored);
    }

    private void prepare(int group, int rows) {
        this.rows = rows;
        if (sums.length < group) {
            weights = new float[group * RowKernel.STRIDE];
            greatest = new float[group];
            sums = new float[group];
        }
    }

    @Override
    public float greatest(int query) {
        return greatest[query];
    }

    @Override
    public float sum(int query) {
        return sums[query];
    }

    @Override
    public void weights(int query, float[] into, int at) {
        System.arraycopy(weights, query * RowKernel.STRIDE, into, at, rows);
    }
}
