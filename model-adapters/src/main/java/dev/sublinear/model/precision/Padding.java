package dev.sublinear.model.precision;

/** How many numbers the packed layouts of a matrix (rows, columns) have room for, which are whole blocks. */
final class Padding {
    private Padding() {}

    /** oneDNN's of float32, as measured with AVX-512. */
    static long ofFloat32InOneDnn(long rows, long columns) {
        return ofOneDnn(rows, columns, 16);
    }

    /** oneDNN's of bfloat16, as measured with AVX-512 and with AMX, whose tiles have 32 columns. */
    static long ofBfloat16InOneDnn(Processor processor, long rows, long columns) {
        return ofOneDnn(rows, columns, processor == Processor.AMX ? 32 : 16);
    }

    private static long ofOneDnn(long rows, long columns, long columnBlock) {
        long block = rows <= 16 ? 16 : rows <= 32 ? 32 : 64;
        return whole(rows, block) * whole(columns, columnBlock);
    }

    /** FBGEMM's {@code PackedGemmMatrixB}. */
    static long ofFloat16InFbgemm(long rows, long columns) {
        return whole(rows, 16) * whole(columns, 512);
    }

    /** FBGEMM's {@code PackBMatrix}, whose blocks are in {@code PackingTraits-inl.h}. */
    static long ofInt8InFbgemm(Processor processor, long rows, long columns) {
        return switch (processor) {
            case AMX, AVX512_VNNI -> whole(rows, 48) * whole(columns, 512);
            case AVX512 -> whole(rows, 32) * whole(columns, 256);
            case OTHER -> whole(rows, 8) * whole(columns, 512);
        };
    }

    static long whole(long count, long block) {
        return (count + block - 1) / block * block;
    }
}
