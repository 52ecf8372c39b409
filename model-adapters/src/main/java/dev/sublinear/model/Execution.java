package dev.sublinear.model;

import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;

/**
 * The precision, device and threads that a model computes with.
 *
 * @param threads the threads of a tensor operation on the CPU, for the whole process; results are reproducible for the same
 *     number of threads
 * @param storage of keys and values in the caches of sequences
 */
public record Execution(Precision precision, ComputeDevice device, int threads, KvStorage storage) {

    public Execution {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, was " + threads);
        }
        if (!device.isCpu() && !precision.runsOnGpu()) {
            throw new IllegalArgumentException(
                    "precision must be f32 or bf16 on a GPU, was " + precision + " on " + device);
        }
    }

    /** With keys and values as they are computed. */
    public Execution(Precision precision, ComputeDevice device, int threads) {
        this(precision, device, threads, KvStorage.FLOAT32);
    }

    /** Returns the same with another storage. */
    public Execution withStorage(KvStorage other) {
        return new Execution(precision, device, threads, other);
    }

    /** Float32 on the CPU. */
    public static Execution exact(int threads) {
        return new Execution(Precisions.F32, ComputeDevice.CPU, threads);
    }
}
