package dev.sublinear.model.gguf;

import static dev.sublinear.model.gguf.LittleEndian.bf16;
import static dev.sublinear.model.gguf.LittleEndian.f16;
import static dev.sublinear.model.gguf.LittleEndian.f32;
import static dev.sublinear.model.gguf.LittleEndian.i16;
import static dev.sublinear.model.gguf.LittleEndian.i32;
import static dev.sublinear.model.gguf.LittleEndian.i64;

/** Types whose blocks are single numbers. */
final class PlainNumbers {
    private PlainNumbers() {}

    static void readF32(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = f32(bytes, 4 * i);
        }
    }

    static void readF16(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = f16(bytes, 2 * i);
        }
    }

    static void readBf16(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = bf16(bytes, 2 * i);
        }
    }

    static void readF64(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = (float) Double.longBitsToDouble(i64(bytes, 8 * i));
        }
    }

    static void readI8(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = bytes[i];
        }
    }

    static void readI16(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = i16(bytes, 2 * i);
        }
    }

    static void readI32(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = i32(bytes, 4 * i);
        }
    }

    static void readI64(byte[] bytes, int count, float[] into) {
        for (int i = 0; i < count; i++) {
            into[i] = i64(bytes, 8 * i);
        }
    }
}
