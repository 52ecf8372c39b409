package dev.sublinear.model.gguf;

import static dev.sublinear.model.gguf.LittleEndian.f16;
import static dev.sublinear.model.gguf.LittleEndian.i16;
import static dev.sublinear.model.gguf.LittleEndian.u8;

/**
 * Blocks of 256 weights y in groups of 16 or 32, each with a scale of a few bits, and a minimum in some types, which are
 * themselves in units of d and dmin.
 */
final class SuperBlocks {
    static final int WEIGHTS = 256;

    private SuperBlocks() {}

    /** {@code scales[16] qs[64] d:f16 dmin:f16}: groups of 16, y = d · scale · q − dmin · minimum. */
    static void readQ2K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int scales = block * 84;
            int qs = scales + 16;
            float d = f16(bytes, scales + 80);
            float dmin = f16(bytes, scales + 82);
            for (int k = 0; k < 16; k++) {
                int packed = u8(bytes, scales + k);
                float scale = d * (packed & 15);
                float minimum = dmin * (packed >> 4);
                int y = block * WEIGHTS + 16 * k;
                for (int j = 0; j < 16; j++) {
                    into[y + j] = scale * twoBits(bytes, qs, 16 * k + j) - minimum;
                }
            }
        }
    }

    /** {@code hmask[32] qs[64] scales[12] d:f16}: groups of 16, y = d · scale · q, where q is from −4 to 3. */
    static void readQ3K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int hmask = block * 110;
            int qs = hmask + 32;
            int scales = qs + 64;
            float d = f16(bytes, scales + 12);
            for (int k = 0; k < 16; k++) {
                int low = bits(bytes, scales + k % 8, 4 * (k / 8), 15);
                int high = bits(bytes, scales + 8 + k % 4, 2 * (k / 4), 3);
                float scale = d * ((low | high << 4) - 32);
                int y = block * WEIGHTS + 16 * k;
                for (int j = 0; j < 16; j++) {
                    int i = 16 * k + j;
                    int third = bits(bytes, hmask + i % 32, i / 32, 1);
                    into[y + j] = scale * (twoBits(bytes, qs, i) - (third == 1 ? 0 : 4));
                }
            }
        }
    }

    /** {@code d:f16 dmin:f16 scales[12] qs[128]}: groups of 32, y = d · scale · q − dmin · minimum. */
    static void readQ4K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 144;
            int qs = at + 16;
            float d = f16(bytes, at);
            float dmin = f16(bytes, at + 2);
            for (int j = 0; j < 8; j++) {
                float scale = d * scale(bytes, at + 4, j);
                float minimum = dmin * minimum(bytes, at + 4, j);
                int y = block * WEIGHTS + 32 * j;
                for (int i = 0; i < 32; i++) {
                    into[y + i] = scale * bits(bytes, qs + 32 * (j / 2) + i, 4 * (j % 2), 15) - minimum;
                }
            }
        }
    }

    /** The step d · scale and the zero 8 · d · scale − dmin · minimum of each group of 32. */
    static void gridQ4K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 144;
            float d = f16(bytes, at);
            float dmin = f16(bytes, at + 2);
            for (int j = 0; j < 8; j++) {
                float step = d * scale(bytes, at + 4, j);
                into[16 * block + 2 * j] = step;
                into[16 * block + 2 * j + 1] = 8 * step - dmin * minimum(bytes, at + 4, j);
            }
        }
    }

    /** {@code d:f16 dmin:f16 scales[12] qh[32] qs[128]}: as Q4_K; bit j of byte i of qh is the fifth of weight i of group j. */
    static void readQ5K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 176;
            int qh = at + 16;
            int qs = qh + 32;
            float d = f16(bytes, at);
            float dmin = f16(bytes, at + 2);
            for (int j = 0; j < 8; j++) {
                float scale = d * scale(bytes, at + 4, j);
                float minimum = dmin * minimum(bytes, at + 4, j);
                int y = block * WEIGHTS + 32 * j;
                for (int i = 0; i < 32; i++) {
                    int low = bits(bytes, qs + 32 * (j / 2) + i, 4 * (j % 2), 15);
                    int high = bits(bytes, qh + i, j, 1);
                    into[y + i] = scale * (low | high << 4) - minimum;
                }
            }
        }
    }

    /** {@code ql[128] qh[64] scales:i8[16] d:f16}: groups of 16, y = d · scale · (q − 32). */
    static void readQ6K(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int ql = block * 210;
            int qh = ql + 128;
            int scales = qh + 64;
            float d = f16(bytes, scales + 16);
            for (int k = 0; k < 16; k++) {
                float scale = d * bytes[scales + k];
                int half = k / 8;
                int first = 16 * k % 128;
                int y = block * WEIGHTS + 16 * k;
                for (int j = 0; j < 16; j++) {
                    int r = first + j;
                    int low = bits(bytes, ql + 64 * half + r % 64, 4 * (r / 64), 15);
                    int high = bits(bytes, qh + 32 * half + r % 32, 2 * (r / 32), 3);
                    into[y + j] = scale * ((low | high << 4) - 32);
                }
            }
        }
    }

    /** {@code d:f16 scales_h:u16 scales_l[4] qs[128]}: groups of 32, y = d · scale · T[q]. */
    static void readIq4Xs(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 136;
            int qs = at + 8;
            float d = f16(bytes, at);
            int highs = i16(bytes, at + 2) & 0xffff;
            for (int k = 0; k < 8; k++) {
                int low = bits(bytes, at + 4 + k / 2, 4 * (k % 2), 15);
                float scale = d * ((low | ((highs >> (2 * k)) & 3) << 4) - 32);
                int y = block * WEIGHTS + 32 * k;
                for (int i = 0; i < 32; i++) {
                    into[y + i] = scale * SmallBlocks.NONLINEAR[bits(bytes, qs + 16 * k + i % 16, 4 * (i / 16), 15)];
                }
            }
        }
    }

    /** Weight i of Q2_K's and Q3_K's qs: of 128 weights, 32 bytes hold four each, 32 apart. */
    private static int twoBits(byte[] bytes, int qs, int i) {
        return bits(bytes, qs + 32 * (i / 128) + i % 32, 2 * (i % 128 / 32), 3);
    }

    /** Six bits of Q4_K's and Q5_K's 12 bytes: whole for the first four groups, in two parts for the others. */
    private static int scale(byte[] bytes, int scales, int j) {
        return j < 4
                ? bits(bytes, scales + j, 0, 63)
                : bits(bytes, scales + j + 4, 0, 15) | bits(bytes, scales + j - 4, 6, 3) << 4;
    }

    private static int minimum(byte[] bytes, int scales, int j) {
        return j < 4
                ? bits(bytes, scales + j + 4, 0, 63)
                : bits(bytes, scales + j + 4, 4, 15) | bits(bytes, scales + j, 6, 3) << 4;
    }

    private static int bits(byte[] bytes, int at, int shift, int mask) {
        return (u8(bytes, at) >> shift) & mask;
    }
}
