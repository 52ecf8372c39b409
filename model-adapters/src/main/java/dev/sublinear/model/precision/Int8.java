package dev.sublinear.model.precision;

/** Weights rounded to 8 bits of the range of their output, with a bfloat16 scale for each output; activations bfloat16. */
record Int8() implements Precision {
    @Override
    public String key() {
        return "int8";
    }

    @Override
    public boolean runsOnGpu() {
        return false;
    }

    @Override
    public double bytesPerWeight() {
        return Byte.BYTES;
    }

    @Override
    public long matrixBytes(long rows, long columns) {
        return rows * columns + rows * Short.BYTES;
    }

    @Override
    public String toString() {
        return key();
    }
}
