package dev.sublinear.server.bench;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Measures how fast a model reads and decodes, and how much its cache holds, under several policies in one run.
 *
 * <p>The policies take turns, a round of a few tokens each, so that whatever else the machine does falls on all of them;
 * the median of the rounds counts. Owned by the thread that owns the model.
 */
public final class Benchmark {
    private static final int CHUNK = 256;
    private static final int ROUND = 32;
    private static final int WARM_UP_ROUNDS = 2;
    private static final long SEED = 1;

    private final CausalLm model;
    private final KvMemory memory;
    private final int rounds;

    /**
     * @param capacity bytes that the caches of all policies together may use
     * @param rounds of decoding that count
     */
    public Benchmark(CausalLm model, long capacity, int rounds) {
        this.model = model;
        this.memory = new KvMemory(capacity);
        this.rounds = rounds;
    }

    /** Returns how many tokens a measurement decodes after the context. */
    public int decodedTokens() {
        return (WARM_UP_ROUNDS + rounds) * ROUND;
    }

    /**
     * Reads a context of so many random tokens under each policy, then decodes.
     *
     * @return in the order of the policies
     * @throws IllegalArgumentException if the caches do not fit in the capacity together
     */
    public List<Measurement> measure(int context, List<EvictionPolicy> policies) {
        List<Run> runs = new ArrayList<>();
        try {
            for (EvictionPolicy policy : policies) {
                runs.add(new Run(policy, context));
            }
            for (Run run : runs) {
                run.read(context);
            }
            for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
                for (Run run : runs) {
                    run.decode(round);
                }
            }
            return runs.stream().map(run -> run.result(context)).toList();
        } finally {
            runs.forEach(run -> run.cache.close());
        }
    }

    /** One policy's turn. */
    private final class Run {
        private final EvictionPolicy policy;
        private final KvCache cache;
        private final Random random = new Random(SEED);
        private final double[] secondsPerRound = new double[rounds];
        private double readSeconds;
        private int retained;
        private long bytes;

        Run(EvictionPolicy policy, int context) {
            this.policy = policy;
            long needed = model.kvShape().peakBytes(policy, context + decodedTokens());
            this.cache = model.newCache(
                    policy,
                    memory.reserve(needed)
                            .orElseThrow(() -> new IllegalArgumentException("cache.capacity must hold the caches of all"
                                    + " policies, " + needed + " bytes more for " + policy.budget() + ", was "
                                    + memory.capacity() + " with " + memory.reserved() + " reserved")),
                    KvCacheListener.NONE);
        }

        void read(int context) {
            long start = System.nanoTime();
            for (int at = 0; at < context; at += CHUNK) {
                forward(random.ints(
                                Math.min(CHUNK, context - at), 0, model.spec().vocabSize())
                        .toArray());
            }
            readSeconds = seconds(start);
            retained = cache.layer(0).length();
            bytes = cache.bytes();
        }

        void decode(int round) {
            long start = System.nanoTime();
            for (int token = 0; token < ROUND; token++) {
                forward(new int[] {random.nextInt(model.spec().vocabSize())});
            }
            if (round >= 0) {
                secondsPerRound[round] = seconds(start);
            }
        }

        private void forward(int... tokens) {
            model.forward(Step.of(new Step.Slice(cache, tokens, 1)));
        }

        Measurement result(int context) {
            double[] sorted = secondsPerRound.clone();
            Arrays.sort(sorted);
            double median = (sorted[(rounds - 1) / 2] + sorted[rounds / 2]) / 2;
            return new Measurement(
                    policy.budget().toString(),
                    policy.scorer().name(),
                    context,
                    retained,
                    bytes,
                    context / readSeconds,
                    median / ROUND * 1e3);
        }

        private static double seconds(long start) {
            return (System.nanoTime() - start) / 1e9;
        }
    }
}
