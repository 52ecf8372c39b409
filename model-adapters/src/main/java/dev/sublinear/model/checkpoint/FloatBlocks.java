package dev.sublinear.model.checkpoint;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/** Converts stored numbers to floats, a block at a time, and reports numbers that are not finite. */
public final class FloatBlocks {
    private static final int BLOCK = 8192;

    private final ElementType type;
    private final short[] shorts = new short[BLOCK];
    private final float[] floats = new float[BLOCK];

    /** @param type F32, F16 or BF16 */
    public FloatBlocks(ElementType type) {
        this.type = type;
    }

    public ElementType type() {
        return type;
    }

    /**
     * Copies {@code count} elements from {@code from}, little-endian, to {@code into}.
     *
     * @return {@code count}, or the index of the first element that is infinite or not a number
     */
    public int copy(ByteBuffer from, int count, FloatBuffer into) {
        FloatBuffer whole = from.asFloatBuffer();
        ShortBuffer halves = from.asShortBuffer();
        for (int done = 0; done < count; ) {
            int block = Math.min(BLOCK, count - done);
            switch (type) {
                case F32 -> whole.get(floats, 0, block);
                case F16 -> {
                    halves.get(shorts, 0, block);
                    for (int i = 0; i < block; i++) {
                        floats[i] = ElementType.fromF16(shorts[i]);
                    }
                }
                case BF16 -> {
                    halves.get(shorts, 0, block);
                    for (int i = 0; i < block; i++) {
                        floats[i] = ElementType.fromBF16(shorts[i]);
                    }
                }
                default -> throw new IllegalStateException(type + " cannot be read as floats");
            }
            for (int i = 0; i < block; i++) {
                if (!Float.isFinite(floats[i])) {
                    return done + i;
                }
            }
            into.put(floats, 0, block);
            done += block;
        }
        return count;
    }
}
