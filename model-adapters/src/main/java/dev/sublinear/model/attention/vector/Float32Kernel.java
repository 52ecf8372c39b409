package dev.sublinear.model.attention.vector;

import dev.sublinear.kvcache.storage.Float32Rows;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Products with {@link Float32Rows}. */
final class Float32Kernel implements RowKernel {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final int L = LANES.length();
    private static final boolean WIDE = L == 16; // AVX-512, otherwise AVX2
    private static final int TILE = WIDE ? 1024 : 4096; // numbers
    private static final int MOST_ROWS = 64; // of a tile
    private static final int TOGETHER = 3; // queries that read a row at once

    private final float[] tile = new float[2 * TILE];
    private final float[] partial = new float[TOGETHER * MOST_ROWS * L + L];
    private final float[] halves = new float[MOST_ROWS * 8 + L];
    private final float[] quarters = new float[MOST_ROWS * 8 + L];
    private FloatBuffer keys = FloatBuffer.allocate(0);
    private FloatBuffer values = keys;

    /** Returns whether it can read rows of {@code size} numbers. */
    static boolean takes(int size) {
        return size % (2 * L) == 0 && size <= TILE / 2;
    }

    /** Returns this kernel, to read some rows next. */
    Float32Kernel over(Float32Rows rows) {
        keys = rows.keys();
        values = rows.values();
        return this;
    }

    @Override
    public void score(float[] queries, int group, int size, int first, int rows, float[] scores) {
        int step = step(size);
        for (int row = 0; row < rows; row += step) {
            int count = Math.min(step, rows - row);
            keys.get((first + row) * size, tile, 0, count * size);
            scoreTile(queries, group, size, count, scores, row);
        }
    }

    @Override
    public void add(float[] weights, int group, int size, int first, int rows, float[] found, int at) {
        int step = step(size);
        for (int row = 0; row < rows; row += step) {
            int count = Math.min(step, rows - row);
            values.get((first + row) * size, tile, 0, count * size);
            addTile(weights, group, size, count, row, found, at);
        }
    }

    private static int step(int size) {
        return Math.min(MOST_ROWS, TILE / size / 2 * 2);
    }

    /** Queries times the rows of the tile. */
    private void scoreTile(float[] queries, int group, int size, int count, float[] scores, int row) {
        int each = 0;
        for (; each + TOGETHER <= group; each += TOGETHER) {
            for (int r = 0; r < count; r += 2) {
                multiplyThree(queries, each * size, tile, r * size, size, partial, r * L);
            }
            for (int i = 0; i < TOGETHER; i++) {
                fold(partial, i * MOST_ROWS * L, count, scores, (each + i) * STRIDE + row);
            }
        }
        for (; each < group; each++) {
            for (int r = 0; r < count; r += 2) {
                multiplyOne(queries, each * size, tile, r * size, size, partial, r * L);
            }
            fold(partial, 0, count, scores, each * STRIDE + row);
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

    /** Adds the rows of the tile to what queries have found, by their weights. */
    private void addTile(float[] weights, int group, int size, int count, int row, float[] out, int at) {
        int each = 0;
        for (; each + TOGETHER <= group; each += TOGETHER) {
            for (int i = 0; i < size; i += 2 * L) {
                addThree(weights, each * STRIDE + row, tile, i, size, count, out, at + each * size + i);
            }
        }
        for (; each < group; each++) {
            for (int i = 0; i < size; i += 2 * L) {
                addOne(weights, each * STRIDE + row, tile, i, size, count, out, at + each * size + i);
            }
        }
    }

    private static void addThree(
            float[] weights, int first, float[] rows, int at, int size, int count, float[] out, int to) {
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
            weight = FloatVector.broadcast(LANES, weights[first + STRIDE + r]);
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
