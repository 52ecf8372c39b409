package dev.sublinear.model.gguf;

import dev.sublinear.model.checkpoint.ElementType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in bytes, the least significant byte first. */
final class LittleEndian {
    private static final VarHandle SHORT = view(short[].class);
    private static final VarHandle INT = view(int[].class);
    private static final VarHandle LONG = view(long[].class);

    private LittleEndian() {}

    private static VarHandle view(Class<?> array) {
        return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
    }

    static int u8(byte[] bytes, int at) {
        return bytes[at] & 0xff;
    }

    static short i16(byte[] bytes, int at) {
        return (short) SHORT.get(bytes, at);
    }

    static int i32(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static long i64(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static float f16(byte[] bytes, int at) {
        return ElementType.fromF16(i16(bytes, at));
    }

    static float bf16(byte[] bytes, int at) {
        return ElementType.fromBF16(i16(bytes, at));
    }

    static float f32(byte[] bytes, int at) {
        return Float.intBitsToFloat(i32(bytes, at));
    }
}
