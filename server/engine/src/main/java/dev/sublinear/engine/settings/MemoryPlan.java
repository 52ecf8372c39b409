package dev.sublinear.engine.settings;

import com.sun.management.OperatingSystemMXBean;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.WeightMemory;
import dev.sublinear.model.precision.Precision;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/**
 * The most bytes that the process may come to use. The system ends a process beyond its limit without a word, so a plan that does
 * not fit is refused before the model is loaded.
 *
 * @param limit of the control group, or else of the machine
 * @param heap of Java, at its largest
 * @param direct buffers of connections, at most
 * @param runtime code, threads and the libraries that compute
 * @param weights of the model in its precision, and twice the largest of its matrices in float32, while that is packed
 * @param activations of the largest step
 * @param cache for all sequences
 */
public record MemoryPlan(long limit, long heap, long direct, long runtime, long weights, long activations, long cache) {
    /** Measured: 200 MiB beside heap and weights at rest, half of it libraries; 484 under the worst load, kept by allocators. */
    private static final long RUNTIME = 500L << 20;

    /** The tokens that attention reads at a time. */
    private static final int CHUNK = 64;
    /** The scores, their mask, their softmax, and its mean over the query heads. */
    private static final int COPIES_OF_SCORES = 4;
    /** Keys and values of a layer in float32, and as they are multiplied. */
    private static final int COPIES_OF_VECTORS = 2;
    /** Copies that a layer makes of a token's hidden state, heads and feed-forward numbers. */
    private static final int COPIES_OF_STATE = 4;

    /** Returns the plan of this process. */
    public static MemoryPlan of(EngineSettings settings, ModelSpec spec, Precision precision) {
        long heap = Runtime.getRuntime().maxMemory();
        long direct = Long.getLong("io.netty.maxDirectMemory", heap);
        return of(settings, spec, precision, machineOrControlGroup(), heap, direct);
    }

    static MemoryPlan of(
            EngineSettings settings, ModelSpec spec, Precision precision, long limit, long heap, long direct) {
        long weights = weights(spec, precision);
        long left = limit - heap - direct - RUNTIME - weights;
        long rows = longest(
                settings,
                spec,
                precision,
                Math.max(1, settings.cache().capacity().of(left)));
        long activations = activations(settings, spec, precision, rows);
        long cache = settings.cache().capacity().of(left - activations);
        return new MemoryPlan(limit, heap, direct, RUNTIME, weights, activations, cache);
    }

    /** Returns the bytes that this process may use at all. */
    public static long machineOrControlGroup() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
    }

    /** Weights are packed from float32, one matrix after another. */
    private static long weights(ModelSpec spec, Precision precision) {
        long embedding = (long) spec.vocabSize() * spec.hiddenSize();
        long largest = Math.max(embedding, (long) spec.hiddenSize() * spec.intermediateSize() * 2);
        return WeightMemory.bytes(spec, precision) + 2 * largest * Float.BYTES;
    }

    /** The tokens that one sequence can hold: nothing evicted, where a request may ask for that. */
    private static long longest(EngineSettings settings, ModelSpec spec, Precision precision, long capacity) {
        EvictionPolicy policy = settings.cache().policy();
        KvShape shape = spec.kvShape(settings.cache().storage().of(precision, settings.device()));
        EvictionPolicy widest = settings.cache().allowOverride()
                ? EvictionPolicy.of(new BudgetSchedule.Unlimited(), policy.scorer())
                : policy;
        int rows = shape.longestPeak(widest, spec.maxPositions());
        return Math.min(rows, capacity / shape.keptBytes(widest, 1) + CHUNK);
    }

    private static long activations(EngineSettings settings, ModelSpec spec, Precision precision, long rows) {
        long tokens = settings.scheduler().maxBatchTokens();
        long state = spec.hiddenSize()
                + 2L * spec.intermediateSize()
                + (long) (spec.heads() + 2 * spec.kvHeads()) * spec.headDim();
        long scores = (long) CHUNK * spec.heads() * rows;
        long vectors = 2L * spec.kvHeads() * spec.headDim() * rows;
        long logits = (long) (settings.scheduler().maxRunning() + CHUNK) * spec.vocabSize();
        return COPIES_OF_STATE * tokens * state * precision.activationBytes()
                + Float.BYTES * (COPIES_OF_SCORES * scores + COPIES_OF_VECTORS * vectors + 2 * logits);
    }

    public long sum() {
        return heap + direct + runtime + weights + activations + cache;
    }

    /**
     * Refuses a plan that needs more than there is.
     *
     * @throws ConfigException saying by how much
     */
    public void requireFits() {
        if (sum() > limit) {
            throw new ConfigException(List.of(String.format(
                    Locale.ROOT,
                    "this needs up to %s, %s more than there is: %s; lower cache.capacity, the heap, engine.max-batch-tokens"
                            + " or the precision",
                    ByteSize.format(sum()),
                    ByteSize.format(sum() - limit),
                    this)));
        }
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "heap %s + connections %s + runtime %s + weights %s + activations %s + cache %s = %s of %s",
                ByteSize.format(heap),
                ByteSize.format(direct),
                ByteSize.format(runtime),
                ByteSize.format(weights),
                ByteSize.format(activations),
                ByteSize.format(cache),
                ByteSize.format(sum()),
                ByteSize.format(limit));
    }
}
