package dev.sublinear.model;

import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/**
 * The precision, device and threads that a model computes with.
 *
 * @param threads the threads of a tensor operation on the CPU, for the whole process; results are reproducible for the same
 *     number of threads
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

    /** Float32 on the CPU. */
    public static Execution exact(int threads) {
        return new Execution(Precisions.F32, ComputeDevice.CPU, threads);
    }
}
