package dev.sublinear.model.gguf;

import static dev.sublinear.model.gguf.LittleEndian.f16;
import static dev.sublinear.model.gguf.LittleEndian.i32;
import static dev.sublinear.model.gguf.LittleEndian.u8;

/**
 * Blocks of 32 weights y with one scale d. Of 16 bytes of nibbles, byte j holds weight j in its low half and weight j + 16 in
 * its high half.
 */
final class SmallBlocks {
    static final int WEIGHTS = 32;
    private static final int HALF = 16;

    /** The values of a nibble of IQ4_NL and IQ4_XS, finer around zero. */
    static final float[] NONLINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** Twice the values of a nibble of MXFP4: a sign, two bits of exponent, one of fraction. */
    private static final float[] E2M1 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private SmallBlocks() {}

    /** {@code d:f16 qs[16]}, y = d · (q − 8). */
    static void readQ40(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 18;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 2 + j);
                into[y + j] = d * ((q & 15) - 8);
                into[y + j + HALF] = d * ((q >> 4) - 8);
            }
        }
    }

    /** The step d and the zero 0 of each block. */
    static void gridQ40(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            into[2 * block] = f16(bytes, block * 18);
            into[2 * block + 1] = 0;
        }
    }

    /** {@code d:f16 m:f16 qs[16]}, y = d · q + m. */
    static void readQ41(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 20;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            float m = f16(bytes, at + 2);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 4 + j);
                into[y + j] = d * (q & 15) + m;
                into[y + j + HALF] = d * (q >> 4) + m;
            }
        }
    }

    /** The step d and the zero m + 8 · d of each block. */
    static void gridQ41(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            float d = f16(bytes, block * 20);
            into[2 * block] = d;
            into[2 * block + 1] = f16(bytes, block * 20 + 2) + 8 * d;
        }
    }

    /** {@code d:f16 qh:u32 qs[16]}, y = d · (q − 16); bit i of qh is the fifth bit of weight i. */
    static void readQ50(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 22;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            int high = i32(bytes, at + 2);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 6 + j);
                into[y + j] = d * (fifth(q & 15, high, j) - 16);
                into[y + j + HALF] = d * (fifth(q >> 4, high, j + HALF) - 16);
            }
        }
    }

    /** {@code d:f16 m:f16 qh:u32 qs[16]}, y = d · q + m; bit i of qh is the fifth bit of weight i. */
    static void readQ51(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 24;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            float m = f16(bytes, at + 2);
            int high = i32(bytes, at + 4);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 8 + j);
                into[y + j] = d * fifth(q & 15, high, j) + m;
                into[y + j + HALF] = d * fifth(q >> 4, high, j + HALF) + m;
            }
        }
    }

    /** Five bits of weight i: a nibble, and a bit of the high ones. */
    private static int fifth(int nibble, int high, int i) {
        return nibble | ((high >>> i) & 1) << 4;
    }

    /** {@code d:f16 q:i8[32]}, y = d · q. */
    static void readQ80(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 34;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            for (int i = 0; i < WEIGHTS; i++) {
                into[y + i] = d * bytes[at + 2 + i];
            }
        }
    }

    /** {@code d:f16 qs[16]}, y = d · T[q]. */
    static void readIq4Nl(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 18;
            int y = block * WEIGHTS;
            float d = f16(bytes, at);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 2 + j);
                into[y + j] = d * NONLINEAR[q & 15];
                into[y + j + HALF] = d * NONLINEAR[q >> 4];
            }
        }
    }

    /** {@code e:u8 qs[16]}, y = 2^(e − 128) · E[q]. */
    static void readMxfp4(byte[] bytes, int blocks, float[] into) {
        for (int block = 0; block < blocks; block++) {
            int at = block * 17;
            int y = block * WEIGHTS;
            float d = Math.scalb(1f, u8(bytes, at) - 128);
            for (int j = 0; j < HALF; j++) {
                int q = u8(bytes, at + 1 + j);
                into[y + j] = d * E2M1[q & 15];
                into[y + j + HALF] = d * E2M1[q >> 4];
            }
        }
    }
}
