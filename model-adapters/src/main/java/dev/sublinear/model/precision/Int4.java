package dev.sublinear.model.precision;

import ai.djl.ndarray.types.DataType;

/**
 * Weights in 4 bits, with a step and a zero in bfloat16 for each group of 32 inputs of an output; activations bfloat16. Matrices
 * that a checkpoint stores so keep their numbers. The head and the tables of which rows are looked up have 8 bits, and are one
 * where they are tied.
 */
record Int4() implements Precision {
    /** The inputs of an output that share a step and a zero. */
    private static final int GROUP = 32;

    @Override
    public String key() {
        return "int4";
    }

    @Override
    public boolean runsOnGpu() {
        return false;
    }

    @Override
    public double bytesPerWeight() {
        return 0.5 + 2.0 * Short.BYTES / GROUP;
    }

    @Override
    public long matrixBytes(long rows, long columns) {
        return (long) (Padding.whole(rows, 16) * Padding.whole(columns, GROUP) * bytesPerWeight());
    }

    @Override
    public boolean keepsGrids() {
        return true;
    }

    @Override
    public Precision ofHead() {
        return Precisions.INT8;
    }

    @Override
    public DataType tableType() {
        return DataType.INT8;
    }

    @Override
    public boolean sharesTiedHead() {
        return true;
    }

    @Override
    public String toString() {
        return key();
    }
}
