package dev.sublinear.model.precision;

/**
 * The weights of {@link Int8} in FBGEMM's layout, and the activations of each token rounded to 8 bits of its range, or twice to
 * 7 where it matters.
 */
record Int8Dynamic(Processor processor) implements Precision {
    /** The scale, the zero point and the sum of the weights of an output, four bytes each. */
    private static final int BYTES_PER_OUTPUT = 3 * Integer.BYTES;

    @Override
    public String key() {
        return "int8-dynamic";
    }

    @Override
    public boolean roundsInputs() {
        return true;
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
        return Padding.ofInt8InFbgemm(processor, rows, columns) + rows * BYTES_PER_OUTPUT;
    }

    @Override
    public String toString() {
        return key();
    }
}
