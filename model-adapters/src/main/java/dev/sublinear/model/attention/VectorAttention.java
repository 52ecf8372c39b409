package dev.sublinear.model.attention;

import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/*
 * Rules that keep C2 of JDK 17 from boxing vectors, which makes them a hundred times slower:
 * (1) one shape of vectors in the whole process: a second one spoils the type profiles that inlining follows;
 * (2) small methods whose vectors begin and end in arrays, six accumulators at most;
 * (3) no masks, no shuffles: sums across lanes go through memory, at a shifted address;
 * (4) rows are copied to the heap, a tile at a time that fits the first-level cache: reading the buffer itself is slower.
 *
 * Every sum has an order of its own that depends on the row and the size alone.
 */
final class VectorAttention implements DecodeAttention {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final int L = LANES.length();
    private static final boolean WIDE = L == 16; // AVX-512, otherwise AVX2
    private static final int TILE = WIDE ? 1024 : 4096; // numbers
    private static final int MOST_ROWS = 64; // of a tile
    private static final int TOGETHER = 3; // queries that read a row at once
    private static final int STRIDE = BLOCK + 2 * L; // from the weights of a query to those of the next

    private static final float LOG2_E = 1.44269504f;
    private static final float LN_2_HIGH = 0.693359375f;
    private static final float LN_2_LOW = -2.12194440e-4f;
    private static final float ROUNDER = 12582912f; // 1.5 · 2^23: what is added to it is rounded to a whole number
    private static final float LEAST = -87f; // e to it is the smallest normal number

    private final float[] tile = new float[2 * TILE];
    private final float[] partial = new float[TOGETHER * MOST_ROWS * L + L];
    private final float[] halves = new float[MOST_ROWS * 8 + L];
    private final float[] quarters = new float[MOST_ROWS * 8 + L];
    private final float[] lanes = new float[L];
    private float[] weights = new float[0];
    private float[] greatest = new float[0];
    private float[] sums = new float[0];
    private int group;
    private int rows;

    VectorAttention() {
        if (L != 8 && !WIDE) {
            throw new IllegalStateException("the processor's vectors have " + L + " numbers, not 8 or 16");
        }
    }

    @Override
    public boolean takes(int size) {
        return size % (2 * L) == 0 && size <= TILE / 2;
    }

    /** With AVX-512 and one thread, libtorch's products catch up. */
    @Override
    public int mostRows(int threads) {
        return WIDE && threads == 1 ? 8192 : Integer.MAX_VALUE;
    }

    @Override
    public void attend(
            float[] queries,
            int group,
            int size,
            FloatBuffer keys,
            FloatBuffer values,
            int first,
            int rows,
            float[] found,
            int at) {
        prepare(group, rows);
        int step = Math.min(MOST_ROWS, TILE / size / 2 * 2);
        for (int row = 0; row < rows; row += step) {
            int count = Math.min(step, rows - row);
            keys.get((first + row) * size, tile, 0, count * size);
            score(queries, size, count, row);
        }
        for (int query = 0; query < group; query++) {
            greatest[query] = greatest(weights, query * STRIDE, rows);
            sums[query] = exponentials(weights, query * STRIDE, rows, greatest[query], lanes);
        }
        Arrays.fill(found, at, at + group * size, 0);
        for (int row = 0; row < rows; row += step) {
            int count = Math.min(step, rows - row);
            values.get((first + row) * size, tile, 0, count * size);
            add(size, count, row, found, at);
        }
    }

    private void prepare(int group, int rows) {
        this.group = group;
        this.rows = rows;
        if (sums.length < group) {
            weights = new float[group * STRIDE];
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
        System.arraycopy(weights, query * STRIDE, into, at, rows);
    }

    /** Queries times the rows of the tile. */
    private void score(float[] queries, int size, int count, int row) {
        int each = 0;
        for (; each + TOGETHER <= group; each += TOGETHER) {
            for (int r = 0; r < count; r += 2) {
                multiplyThree(queries, each * size, tile, r * size, size, partial, r * L);
            }
            for (int i = 0; i < TOGETHER; i++) {
                fold(partial, i * MOST_ROWS * L, count, weights, (each + i) * STRIDE + row);
            }
        }
        for (; each < group; each++) {
            for (int r = 0; r < count; r += 2) {
                multiplyOne(queries, each * size, tile, r * size, size, partial, r * L);
            }
            fold(partial, 0, count, weights, each * STRIDE + row);
        }
    }

    /** Three queries times two rows, to be summed over the lanes. */
    private static void multiplyThree(float[] query, int at, float[] rows, int row, int size, float[] out, int to) {
        FloatVector zero = FloatVector.zero(LANES);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector c0 = zero;
        FloatVector c1 = zero;
        for (int i = 0; i < size; i += L) {
            FloatVector x = FloatVector.fromArray(LANES, rows, row + i);
            FloatVector y = FloatVector.fromArray(LANES, rows, row + size + i);
            FloatVector q = FloatVector.fromArray(LANES, query, at + i);
            a0 = x.fma(q, a0);
            a1 = y.fma(q, a1);
            q = FloatVector.fromArray(LANES, query, at + size + i);
            b0 = x.fma(q, b0);
            b1 = y.fma(q, b1);
            q = FloatVector.fromArray(LANES, query, at + 2 * size + i);
            c0 = x.fma(q, c0);
            c1 = y.fma(q, c1);
        }
        a0.intoArray(out, to);
        a1.intoArray(out, to + L);
        b0.intoArray(out, to + MOST_ROWS * L);
        b1.intoArray(out, to + (MOST_ROWS + 1) * L);
        c0.intoArray(out, to + 2 * MOST_ROWS * L);
        c1.intoArray(out, to + (2 * MOST_ROWS + 1) * L);
    }

    private static void multiplyOne(float[] query, int at, float[] rows, int row, int size, float[] out, int to) {
        FloatVector a = FloatVector.zero(LANES);
        FloatVector b = a;
        for (int i = 0; i < size; i += L) {
            FloatVector q = FloatVector.fromArray(LANES, query, at + i);
            a = FloatVector.fromArray(LANES, rows, row + i).fma(q, a);
            b = FloatVector.fromArray(LANES, rows, row + size + i).fma(q, b);
        }
        a.intoArray(out, to);
        b.intoArray(out, to + L);
    }

    /** Sums the lanes of each row's vector: by halves, then by quarters, the last four one by one. */
    private void fold(float[] vectors, int at, int count, float[] out, int to) {
        float[] from = vectors;
        int start = at;
        if (WIDE) {
            for (int r = 0; r < count; r++) {
                addShifted(vectors, at + r * L, 8, halves, 8 * r);
            }
            from = halves;
            start = 0;
        }
        for (int r = 0; r < count; r += L / 8) {
            addShifted(from, start + 8 * r, 4, quarters, 8 * r);
        }
        for (int r = 0; r < count; r++) {
            int q = 8 * r;
            out[to + r] = (quarters[q] + quarters[q + 1]) + (quarters[q + 2] + quarters[q + 3]);
        }
    }

    /** Adds to the lanes those that are {@code shift} behind. What the last lanes get is overwritten or never read. */
    private static void addShifted(float[] from, int at, int shift, float[] out, int to) {
        FloatVector.fromArray(LANES, from, at)
                .add(FloatVector.fromArray(LANES, from, at + shift))
                .intoArray(out, to);
    }

    private static float greatest(float[] scores, int at, int count) {
        int end = (count + L - 1) / L * L;
        Arrays.fill(scores, at + count, at + end, Float.NEGATIVE_INFINITY);
        FloatVector most = FloatVector.broadcast(LANES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < end; i += L) {
            most = most.max(FloatVector.fromArray(LANES, scores, at + i));
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /** Replaces scores by exponentials of their distance from the greatest; returns the sum, NaN if that is not finite. */
    private static float exponentials(float[] scores, int at, int count, float max, float[] lanes) {
        if (!Float.isFinite(max)) {
            return Float.NaN;
        }
        int end = (count + L - 1) / L * L;
        FloatVector greatest = FloatVector.broadcast(LANES, max);
        FloatVector sum = FloatVector.zero(LANES);
        for (int i = 0; i < end; i += L) {
            FloatVector power = exp(FloatVector.fromArray(LANES, scores, at + i).sub(greatest));
            power.intoArray(scores, at + i);
            sum = sum.add(power);
        }
        sum.intoArray(lanes, 0);
        float all = 0;
        for (float lane : lanes) {
            all += lane;
        }
        return all;
    }

    /** Of numbers up to 0, by Cephes' polynomial: lanewise(EXP) has other bits interpreted than compiled. */
    private static FloatVector exp(FloatVector x) {
        FloatVector within = x.max(LEAST);
        FloatVector rounded = within.fma(FloatVector.broadcast(LANES, LOG2_E), FloatVector.broadcast(LANES, ROUNDER));
        FloatVector whole = rounded.sub(ROUNDER);
        FloatVector rest = whole.fma(FloatVector.broadcast(LANES, -LN_2_HIGH), within);
        rest = whole.fma(FloatVector.broadcast(LANES, -LN_2_LOW), rest);
        FloatVector p = FloatVector.broadcast(LANES, 1.9875691500e-4f);
        p = p.fma(rest, FloatVector.broadcast(LANES, 1.3981999507e-3f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 8.3334519073e-3f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 4.1665795894e-2f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 1.6666665459e-1f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 5.0000001201e-1f));
        p = p.fma(rest.mul(rest), rest.add(1f));
        return p.reinterpretAsInts()
                .add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }

    /** Adds the rows of the tile to what queries have found, by their weights. */
    private void add(int size, int count, int row, float[] out, int at) {
        int each = 0;
        for (; each + TOGETHER <= group; each += TOGETHER) {
            for (int i = 0; i < size; i += 2 * L) {
                addThree(weights, each * STRIDE + row, STRIDE, tile, i, size, count, out, at + each * size + i);
            }
        }
        for (; each < group; each++) {
            for (int i = 0; i < size; i += 2 * L) {
                addOne(weights, each * STRIDE + row, tile, i, size, count, out, at + each * size + i);
            }
        }
    }

    private static void addThree(
            float[] weights, int first, int stride, float[] rows, int at, int size, int count, float[] out, int to) {
        FloatVector a0 = FloatVector.fromArray(LANES, out, to);
        FloatVector a1 = FloatVector.fromArray(LANES, out, to + L);
        FloatVector b0 = FloatVector.fromArray(LANES, out, to + size);
        FloatVector b1 = FloatVector.fromArray(LANES, out, to + size + L);
        FloatVector c0 = FloatVector.fromArray(LANES, out, to + 2 * size);
        FloatVector c1 = FloatVector.fromArray(LANES, out, to + 2 * size + L);
        for (int r = 0; r < count; r++) {
            FloatVector x = FloatVector.fromArray(LANES, rows, at + r * size);
            FloatVector y = FloatVector.fromArray(LANES, rows, at + r * size + L);
            FloatVector weight = FloatVector.broadcast(LANES, weights[first + r]);
            a0 = x.fma(weight, a0);
            a1 = y.fma(weight, a1);
            weight = FloatVector.broadcast(LANES, weights[first + stride + r]);
            b0 = x.fma(weight, b0);
            b1 = y.fma(weight, b1);
            weight = FloatVector.broadcast(LANES, weights[first + 2 * STRIDE + r]);
            c0 = x.fma(weight, c0);
            c1 = y.fma(weight, c1);
        }
        a0.intoArray(out, to);
        a1.intoArray(out, to + L);
        b0.intoArray(out, to + size);
        b1.intoArray(out, to + size + L);
        c0.intoArray(out, to + 2 * size);
        c1.intoArray(out, to + 2 * size + L);
    }

    private static void addOne(
            float[] weights, int first, float[] rows, int at, int size, int count, float[] out, int to) {
        FloatVector a = FloatVector.fromArray(LANES, out, to);
        FloatVector b = FloatVector.fromArray(LANES, out, to + L);
        for (int r = 0; r < count; r++) {
            FloatVector weight = FloatVector.broadcast(LANES, weights[first + r]);
            a = FloatVector.fromArray(LANES, rows, at + r * size).fma(weight, a);
            b = FloatVector.fromArray(LANES, rows, at + r * size + L).fma(weight, b);
        }
        a.intoArray(out, to);
        b.intoArray(out, to + L);
    }
}
