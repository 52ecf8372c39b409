package dev.sublinear.evaluation.worker;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.WeightMemory;
import dev.sublinear.model.precision.Precision;
import java.util.Collection;

/**
 * How many workers fit in memory. Each holds the weights, so two of them cost twice as much; one with all cores is as fast, but
 * for what a model computes on one thread.
 *
 * @param workers threads, each with a model of its own
 * @param threads of each model
 * @param capacity bytes for the caches of one worker
 */
public record WorkerPlan(int workers, int threads, long capacity) {
    /** Code, threads, libraries, buffers, and what an allocator keeps. */
    private static final long RUNTIME = 640L << 20;

    /** The most tokens of a step whose logits are wanted. */
    private static final int ROWS = 256;

    /** The tokens that attention reads at a time, and its copies of their scores. */
    private static final int COPIES_OF_SCORES = 4 * 64;

    /**
     * The memory of a process that measures.
     *
     * @param limit bytes of the process
     * @param heap bytes of Java's heap, at its largest
     * @param capacity rule for the share of the rest that caches may take
     */
    public record Memory(long limit, long heap, CacheCapacity capacity) {}

    /**
     * The caches that a worker holds at a time.
     *
     * @param longest tokens of the longest document
     * @param least bytes without which nothing can be measured: the full cache and that of one setting
     * @param wished bytes of the full cache and those of all settings
     */
    public record Caches(int longest, long least, long wished) {}

    /**
     * Returns as many workers, up to {@code most}, as can hold what is wished for; if that is none, one with what there is.
     *
     * @param precisions in which each worker loads the model
     * @throws IllegalArgumentException if one worker cannot hold the least, naming the memory that it needs
     */
    public static WorkerPlan of(
            Memory memory, int most, ModelSpec spec, Collection<Precision> precisions, Caches caches) {
        long worker = precisions.stream()
                        .mapToLong(precision -> WeightMemory.bytes(spec, precision))
                        .sum()
                + activations(spec, caches.longest());
        int cores = Runtime.getRuntime().availableProcessors();
        for (int workers = most; workers >= 1; workers--) {
            long left = (memory.limit() - memory.heap() - RUNTIME) / workers - worker;
            long capacity = memory.capacity().of(left);
            if (capacity >= (workers == 1 ? caches.least() : caches.wished())) {
                return new WorkerPlan(workers, Math.max(1, cores / workers), capacity);
            }
        }
        throw new IllegalArgumentException("memory must hold the model and the caches of "
                + caches.longest() + " tokens, "
                + ByteSize.format(memory.heap() + RUNTIME + worker + caches.least() / 3 * 4) + ", was "
                + ByteSize.format(memory.limit()));
    }

    private static long activations(ModelSpec spec, int longest) {
        long logits = Math.min(ROWS, (8L << 20) / spec.vocabSize() + 1) * spec.vocabSize();
        long scores = (long) COPIES_OF_SCORES * spec.heads() * longest;
        return Float.BYTES * (2 * logits + scores);
    }
}
