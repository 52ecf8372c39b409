package dev.sublinear.model.reference;

import java.nio.ByteBuffer;

/** How a safetensors file stores a number; the names are the format's own. */
public enum StoredType {
    F32(4) {
        @Override
        float get(ByteBuffer data, int at) {
            return data.getFloat(at);
        }

        @Override
        void put(ByteBuffer data, float value) {
            data.putFloat(value);
        }
    },
    F16(2) {
        /* A sign, 5 bits of exponent biased by 15, 10 bits of mantissa; below 2^-14 the mantissa has no leading one. */
        @Override
        float get(ByteBuffer data, int at) {
            int bits = data.getShort(at);
            int exponent = (bits >> 10) & 0x1f;
            int mantissa = bits & 0x3ff;
            float magnitude;
            if (exponent == 0x1f) {
                magnitude = mantissa == 0 ? Float.POSITIVE_INFINITY : Float.NaN;
            } else if (exponent == 0) {
                magnitude = Math.scalb((float) mantissa, -24);
            } else {
                magnitude = Math.scalb((float) (0x400 | mantissa), exponent - 25);
            }
            return bits < 0 ? -magnitude : magnitude;
        }

        @Override
        void put(ByteBuffer data, float value) {
            float magnitude = Math.abs(value);
            int exponent = Math.max(Math.getExponent(magnitude), -14);
            // Units of the last place; 1024 and more spill into the exponent field, as they should.
            int units = (int) Math.rint(Math.scalb((double) magnitude, 10 - exponent));
            data.putShort((short) ((value < 0 ? 0x8000 : 0) | (((exponent + 14) << 10) + units)));
        }
    },
    BF16(2) {
        @Override
        float get(ByteBuffer data, int at) {
            return Float.intBitsToFloat(data.getShort(at) << 16);
        }

        @Override
        void put(ByteBuffer data, float value) {
            int bits = Float.floatToRawIntBits(value);
            int halfAndTies = 0x7fff + ((bits >>> 16) & 1); // to nearest, ties to even
            data.putShort((short) ((bits + halfAndTies) >>> 16));
        }
    },
    /** Whole numbers, of which a float holds those below 2^24 exactly. */
    I32(4) {
        @Override
        float get(ByteBuffer data, int at) {
            return data.getInt(at);
        }

        @Override
        void put(ByteBuffer data, float value) {
            data.putInt((int) value);
        }
    };

    private final int bytes;

    StoredType(int bytes) {
        this.bytes = bytes;
    }

    int bytes() {
        return bytes;
    }

    /** Reads the number at byte {@code at}. */
    abstract float get(ByteBuffer data, int at);

    /** Appends a finite number, rounded to the nearest that this type holds. */
    abstract void put(ByteBuffer data, float value);
}
