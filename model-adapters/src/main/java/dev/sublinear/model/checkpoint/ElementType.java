package dev.sublinear.model.checkpoint;

/** How a safetensors file stores one number. Only {@link #F32}, {@link #F16} and {@link #BF16} can be weights. */
public enum ElementType {
    BOOL(1),
    U8(1),
    I8(1),
    F8_E5M2(1),
    F8_E4M3(1),
    U16(2),
    I16(2),
    F16(2),
    BF16(2),
    U32(4),
    I32(4),
    F32(4),
    U64(8),
    I64(8),
    F64(8),
    C64(8);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes of one element. Types smaller than a byte are not supported. */
    public int bytes() {
        return bytes;
    }

    /** Whether {@link FloatBlocks} can turn it into floats. */
    public boolean readable() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** The float of a float16, which has a sign, five bits of exponent and ten of fraction. */
    public static float fromF16(short half) {
        int magnitude = (half & 0x7fff) << 13;
        float value;
        if ((half & 0x7c00) == 0x7c00) {
            value = Float.intBitsToFloat(magnitude | 0x7f800000);
        } else {
            // The exponent is biased by 15 there and by 127 here; the product also makes subnormal halves normal.
            value = Float.intBitsToFloat(magnitude) * 0x1p112f;
        }
        return half < 0 ? -value : value;
    }

    /** The float of a bfloat16, which is its upper 16 bits. */
    public static float fromBF16(short upper) {
        return Float.intBitsToFloat(upper << 16);
    }
}
