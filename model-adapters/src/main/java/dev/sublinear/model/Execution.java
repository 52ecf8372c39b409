package dev.sublinear.model;

import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/**
 * How a model computes.
 *
 * @param threads that compute a tensor operation on the CPU, in the whole process; results are reproducible for one number
 *     of them
 */
public record Execution(Precision precision, ComputeDevice device, int threads) {

    public Execution {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, was " + threads);
        }
        if (!device.isCpu() && !precision.runsOnGpu()) {
            throw new IllegalArgumentException(
                    "precision must be f32 or bf16 on a GPU, was " + precision + " on " + device);
        }
    }

    /** In float32, on the CPU. */
    public static Execution exact(int threads) {
        return new Execution(Precisions.F32, ComputeDevice.CPU, threads);
    }
}
