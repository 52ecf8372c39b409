package dev.sublinear.model.precision;

import ai.djl.ndarray.types.DataType;

/**
 * Weights and activations rounded to 8 bits of mantissa: exact for the weights of most checkpoints. Where the processor has no
 * products of bfloat16, float16 weights, with 11 bits, and float32 activations.
 */
record Bf16(Processor processor) implements Precision {
    @Override
    public String key() {
        return "bf16";
    }

    @Override
    public boolean runsOnGpu() {
        return true;
    }

    @Override
    public double bytesPerWeight() {
        return Short.BYTES;
    }

    @Override
    public long matrixBytes(long rows, long columns) {
        return Short.BYTES
                * (processor.multipliesBfloat16()
                        ? Padding.ofBfloat16InOneDnn(processor, rows, columns)
                        : Padding.ofFloat16InFbgemm(rows, columns));
    }

    @Override
    public DataType biasType() {
        return processor.multipliesBfloat16() ? DataType.BFLOAT16 : DataType.FLOAT32;
    }

    @Override
    public String toString() {
        return key();
    }
}
