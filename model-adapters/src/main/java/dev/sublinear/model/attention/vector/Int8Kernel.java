package dev.sublinear.model.attention.vector;

import dev.sublinear.kvcache.storage.Int8Rows;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Products with {@link Int8Rows}: whole numbers are widened to float32, and scores and weights take the scales. */
final class Int8Kernel implements RowKernel {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final int L = LANES.length();
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(L * Byte.SIZE));
    private static final int BLOCK = Int8Rows.BLOCK;
    private static final int MOST_NUMBERS = 512; // of a row
    private static final int TOGETHER = 3; // queries that read a row at once

    private final byte[] tile = new byte[BLOCK * MOST_NUMBERS];
    private final float[] scales = new float[BLOCK];
    private final float[] scaled = new float[TOGETHER * BLOCK];
    private ByteBuffer keys = ByteBuffer.allocate(0);
    private FloatBuffer keyScales = FloatBuffer.allocate(0);
    private ByteBuffer values = keys;
    private FloatBuffer valueScales = keyScales;

    /** Returns whether it can read rows of {@code size} numbers. */
    static boolean takes(int size) {
        return size % (2 * L) == 0 && size <= MOST_NUMBERS;
    }

    /** Returns this kernel, to read some rows next. */
    Int8Kernel over(Int8Rows rows) {
        keys = rows.keys();
        keyScales = rows.keyScales();
        values = rows.values();
        valueScales = rows.valueScales();
        return this;
    }

    @Override
    public void score(float[] queries, int group, int size, int first, int rows, float[] scores) {
        for (int row = 0; row < rows; row += BLOCK) {
            int count = Math.min(BLOCK, rows - row);
            keys.get((first + row) * size, tile, 0, BLOCK * size);
            keyScales.get(first + row, scales, 0, BLOCK);
            int each = 0;
            for (; each + TOGETHER <= group; each += TOGETHER) {
                for (int r = 0; r < count; r += 2 * L) {
                    multiplyThree(queries, each * size, size, tile, r, scales, scores, each * STRIDE + row + r);
                }
            }
            for (; each < group; each++) {
                for (int r = 0; r < count; r += 2 * L) {
                    multiplyOne(queries, each * size, size, tile, r, scales, scores, each * STRIDE + row + r);
                }
            }
        }
    }

    /** Three queries times as many rows as two vectors have lanes. */
    private static void multiplyThree(
            float[] query, int at, int size, byte[] keys, int row, float[] scales, float[] out, int to) {
        FloatVector zero = FloatVector.zero(LANES);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector c0 = zero;
        FloatVector c1 = zero;
        for (int i = 0; i < size; i++) {
            FloatVector x = (FloatVector)
                    ByteVector.fromArray(BYTES, keys, i * BLOCK + row).castShape(LANES, 0);
            FloatVector y = (FloatVector)
                    ByteVector.fromArray(BYTES, keys, i * BLOCK + row + L).castShape(LANES, 0);
            FloatVector q = FloatVector.broadcast(LANES, query[at + i]);
            a0 = x.fma(q, a0);
            a1 = y.fma(q, a1);
            q = FloatVector.broadcast(LANES, query[at + size + i]);
            b0 = x.fma(q, b0);
            b1 = y.fma(q, b1);
            q = FloatVector.broadcast(LANES, query[at + 2 * size + i]);
            c0 = x.fma(q, c0);
            c1 = y.fma(q, c1);
        }
        FloatVector s = FloatVector.fromArray(LANES, scales, row);
        FloatVector t = FloatVector.fromArray(LANES, scales, row + L);
        a0.mul(s).intoArray(out, to);
        a1.mul(t).intoArray(out, to + L);
        b0.mul(s).intoArray(out, to + STRIDE);
        b1.mul(t).intoArray(out, to + STRIDE + L);
        c0.mul(s).intoArray(out, to + 2 * STRIDE);
        c1.mul(t).intoArray(out, to + 2 * STRIDE + L);
    }

    private static void multiplyOne(
            float[] query, int at, int size, byte[] keys, int row, float[] scales, float[] out, int to) {
        FloatVector a = FloatVector.zero(LANES);
        FloatVector b = a;
        for (int i = 0; i < size; i++) {
            FloatVector q = FloatVector.broadcast(LANES, query[at + i]);
            a = ((FloatVector)
                            ByteVector.fromArray(BYTES, keys, i * BLOCK + row).castShape(LANES, 0))
                    .fma(q, a);
            b = ((FloatVector) ByteVector.fromArray(BYTES, keys, i * BLOCK + row + L)
                            .castShape(LANES, 0))
                    .fma(q, b);
        }
        a.mul(FloatVector.fromArray(LANES, scales, row)).intoArray(out, to);
        b.mul(FloatVector.fromArray(LANES, scales, row + L)).intoArray(out, to + L);
    }

    @Override
    public void add(float[] weights, int group, int size, int first, int rows, float[] found, int at) {
        for (int row = 0; row < rows; row += BLOCK) {
            int count = Math.min(BLOCK, rows - row);
            values.get((first + row) * size, tile, 0, count * size);
            valueScales.get(first + row, scales, 0, BLOCK);
            int each = 0;
            for (; each + TOGETHER <= group; each += TOGETHER) {
                for (int i = 0; i < TOGETHER; i++) {
                    scale(weights, (each + i) * STRIDE + row, scales, scaled, i * BLOCK);
                }
                for (int i = 0; i < size; i += 2 * L) {
                    addThree(scaled, tile, i, size, count, found, at + each * size + i);
                }
            }
            for (; each < group; each++) {
                scale(weights, each * STRIDE + row, scales, scaled, 0);
                for (int i = 0; i < size; i += 2 * L) {
                    addOne(scaled, tile, i, size, count, found, at + each * size + i);
                }
            }
        }
    }

    private static void scale(float[] weights, int at, float[] scales, float[] out, int to) {
        for (int r = 0; r < BLOCK; r += L) {
            FloatVector.fromArray(LANES, weights, at + r)
                    .mul(FloatVector.fromArray(LANES, scales, r))
                    .intoArray(out, to + r);
        }
    }

    private static void addThree(float[] weights, byte[] rows, int at, int size, int count, float[] out, int to) {
        FloatVector a0 = FloatVector.fromArray(LANES, out, to);
        FloatVector a1 = FloatVector.fromArray(LANES, out, to + L);
        FloatVector b0 = FloatVector.fromArray(LANES, out, to + size);
        FloatVector b1 = FloatVector.fromArray(LANES, out, to + size + L);
        FloatVector c0 = FloatVector.fromArray(LANES, out, to + 2 * size);
        FloatVector c1 = FloatVector.fromArray(LANES, out, to + 2 * size + L);
        for (int r = 0; r < count; r++) {
            FloatVector x = (FloatVector)
                    ByteVector.fromArray(BYTES, rows, at + r * size).castShape(LANES, 0);
            FloatVector y = (FloatVector)
                    ByteVector.fromArray(BYTES, rows, at + r * size + L).castShape(LANES, 0);
            FloatVector weight = FloatVector.broadcast(LANES, weights[r]);
            a0 = x.fma(weight, a0);
            a1 = y.fma(weight, a1);
            weight = FloatVector.broadcast(LANES, weights[BLOCK + r]);
            b0 = x.fma(weight, b0);
            b1 = y.fma(weight, b1);
            weight = FloatVector.broadcast(LANES, weights[2 * BLOCK + r]);
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

    private static void addOne(float[] weights, byte[] rows, int at, int size, int count, float[] out, int to) {
        FloatVector a = FloatVector.fromArray(LANES, out, to);
        FloatVector b = FloatVector.fromArray(LANES, out, to + L);
        for (int r = 0; r < count; r++) {
            FloatVector weight = FloatVector.broadcast(LANES, weights[r]);
            a = ((FloatVector) ByteVector.fromArray(BYTES, rows, at + r * size).castShape(LANES, 0)).fma(weight, a);
            b = ((FloatVector)
                            ByteVector.fromArray(BYTES, rows, at + r * size + L).castShape(LANES, 0))
                    .fma(weight, b);
        }
        a.intoArray(out, to);
        b.intoArray(out, to + L);
    }
}
