package dev.sublinear.model.precision;

import ai.djl.ndarray.types.DataType;

/**
 * A format of a model's matrices: what a product with one rounds, and how many bytes it takes. {@code packing.py} packs
 * matrices into it, and a class of {@code linear.py} multiplies. Norms, and all numbers between two products, are float32.
 */
public interface Precision {
    /** The name in configuration and in {@code packing.py}. */
    String key();

    /** Whether nothing is rounded but float32 sums, so that a token has the same bits when decoded and as part of a prompt. */
    default boolean isExact() {
        return false;
    }

    /** Whether a product rounds its inputs, too, to 8 bits of their range: inputs of like size lose less. */
    default boolean roundsInputs() {
        return false;
    }

    /** Whether a GPU can multiply in it. */
    boolean runsOnGpu();

    /** Bytes that a product reads for each weight of a matrix. */
    double bytesPerWeight();

    /**
     * Bytes that a packed matrix (rows, columns) takes on the CPU, with its scales, its zero points and the padding of its
     * layout. Some padding is never written, so that the resident memory may be less.
     */
    long matrixBytes(long rows, long columns);

    /** The numbers of the bias that is added to the products of a matrix. */
    default DataType biasType() {
        return DataType.FLOAT32;
    }

    /** The numbers of a table of which rows are looked up, such as the embedding. */
    default DataType tableType() {
        return DataType.BFLOAT16;
    }

    /** Bytes of a table (rows, columns). Those of 8 bits have a bfloat16 scale for each row. */
    default long tableBytes(long rows, long columns) {
        long scales = tableType() == DataType.INT8 ? rows * Short.BYTES : 0;
        return rows * columns * tableType().getNumOfBytes() + scales;
    }

    /** The precision of the head, which makes logits. */
    default Precision ofHead() {
        return this;
    }

    /** Whether a head that is tied to the embedding is multiplied in the embedding's own memory. */
    default boolean sharesTiedHead() {
        return false;
    }

    /** Whether it takes over the numbers of matrices that a checkpoint stores in 4 bits. */
    default boolean keepsGrids() {
        return false;
    }

    /** Bytes of a number of a token's state between two products. */
    default int activationBytes() {
        return Float.BYTES;
    }
}
