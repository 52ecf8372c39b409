package dev.sublinear.model.precision;

import ai.djl.ndarray.types.DataType;

/** Float32: exact, and what the others are measured against. */
record F32() implements Precision {
    @Override
    public String key() {
        return "f32";
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public boolean runsOnGpu() {
        return true;
    }

    @Override
    public double bytesPerWeight() {
        return Float.BYTES;
    }

    @Override
    public long matrixBytes(long rows, long columns) {
        return Float.BYTES * Padding.ofFloat32InOneDnn(rows, columns);
    }

    @Override
    public DataType tableType() {
        return DataType.FLOAT32;
    }

    @Override
    public String toString() {
        return key();
    }
}
