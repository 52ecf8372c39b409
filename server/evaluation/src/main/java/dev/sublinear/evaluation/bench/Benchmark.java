package dev.sublinear.evaluation.bench;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.KeyDiffScorer;
import dev.sublinear.model.Step;
import dev.sublinear.model.decoder.DecoderLm;
import dev.sublinear.model.decoder.StepParts;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Measures the speed of prefill and decoding, and the memory of the cache, under several policies in one run.
 *
 * <p>The policies take turns, with a chunk of the context or a round of 64 decoded tokens each, so that other load on the machine
 * falls on all of them; of decoding the median of the rounds counts. Owned by the thread that owns the model.
 */
public final class Benchmark {
    static final int CHUNK = 256;

    /** Decoded tokens in one turn. A layer that grows is copied, by at least this number of tokens: at most once in a round. */
    private static final int ROUND = KvShape.BLOCK;

    private static final int WARM_UP_TOKENS = 1000;
    private static final int WARM_UP_CONTEXT = 2048;
    private static final int REPETITIONS = 15;
    private static final long SEED = 1;

    private final DecoderLm model;
    private final StepParts parts;
    private final KvMemory memory;
    private final Settings settings;
    private final Roofline roofline;

    /**
     * The conditions of a measurement.
     *
     * @param capacity bytes that the caches of all policies may use together
     * @param rounds of 64 decoded tokens
     * @param sequences that decode together
     * @param filled whether caches are filled with random keys and values instead of reading the context
     */
    public record Settings(long capacity, int rounds, int sequences, boolean filled) {
        public Settings {
            require(rounds, "--rounds");
            require(sequences, "--sequences");
        }

        private static void require(int value, String name) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " must be at least 1, was " + value);
            }
        }
    }

    public Benchmark(DecoderLm model, Settings settings) {
        this.model = model;
        this.parts = model.parts();
        this.memory = new KvMemory(settings.capacity());
        this.settings = settings;
        warmUp();
        double chunkSeconds = medianSeconds(() -> parts.linear(CHUNK, 0));
        this.roofline = new Roofline(
                parts.copyBytesPerSecond(),
                CHUNK,
                chunkSeconds * 1e3,
                2e-9 * parts.layerWeights() * CHUNK / chunkSeconds);
    }

    /** Decodes tokens that are not measured: Java partly interprets the first few hundred of a process. */
    private void warmUp() {
        EvictionPolicy policy = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new KeyDiffScorer());
        long bytes = model.kvShape().peakBytes(policy, WARM_UP_TOKENS);
        KvMemory own = new KvMemory(bytes);
        try (KvCache cache = model.newCache(policy, own.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            for (int token = 0; token < WARM_UP_TOKENS; token++) {
                model.forward(Step.of(
                        new Step.Slice(cache, new int[] {token % model.spec().vocabSize()}, 1)));
            }
        }
    }

    /** Returns the machine's limits for this model, measured at the construction. */
    public Roofline roofline() {
        return roofline;
    }

    /** Returns the number of tokens that a measurement decodes after the context. */
    public int decodedTokens() {
        return settings.rounds() * ROUND;
    }

    /**
     * Reads a context of random tokens under each policy, then decodes.
     *
     * @param context in tokens
     * @return one measurement for each policy, in their order
     * @throws IllegalArgumentException if the caches do not fit in the capacity together
     */
    public List<Measurement> measure(int context, List<EvictionPolicy> policies) {
        List<Run> runs = new ArrayList<>();
        try {
            for (EvictionPolicy policy : policies) {
                runs.add(new Run(policy, context));
            }
            read(runs, context);
            runs.forEach(Run::fill);
            for (int round = 0; round < settings.rounds(); round++) {
                for (Run run : runs) {
                    run.decode(round);
                }
            }
            return runs.stream().map(Run::result).toList();
        } finally {
            runs.forEach(Run::close);
        }
    }

    /** The first sequence of each reads its context, unless the settings say that it is filled, too. */
    private void read(List<Run> runs, int context) {
        if (!settings.filled()) {
            runs.forEach(Run::warmUp);
            for (int at = 0; at < context; at += CHUNK) {
                for (Run run : runs) {
                    run.read(at);
                }
            }
        }
    }

    /** The caches of one policy, and its times. */
    private final class Run {
        private final EvictionPolicy policy;
        private final int context;
        private final List<KvCache> caches = new ArrayList<>();
        private final Random random = new Random(SEED);
        private final double[] secondsPerRound = new double[settings.rounds()];
        private double readSeconds;
        private int retained;
        private long bytes;

        Run(EvictionPolicy policy, int context) {
            this.policy = policy;
            this.context = context;
            long needed = model.kvShape().peakBytes(policy, context + decodedTokens());
            for (int sequence = 0; sequence < settings.sequences(); sequence++) {
                caches.add(model.newCache(
                        policy,
                        memory.reserve(needed)
                                .orElseThrow(() -> new IllegalArgumentException("cache.capacity must hold the caches of"
                                        + " all policies, " + needed + " bytes more for " + policy.budget() + ", was "
                                        + memory.capacity() + " with " + memory.reserved() + " reserved")),
                        KvCacheListener.NONE));
            }
        }

        /** Reads what is not measured: the first trims of a process take many times as long. */
        void warmUp() {
            int tokens = Math.min(context, WARM_UP_CONTEXT);
            long bytes = model.kvShape().peakBytes(policy, tokens);
            KvMemory own = new KvMemory(bytes);
            try (KvCache cache = model.newCache(policy, own.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
                for (int at = 0; at < tokens; at += CHUNK) {
                    read(cache, Math.min(CHUNK, tokens - at), 0);
                }
            }
        }

        /** Reads the chunk of the context that begins {@code at} a token. */
        void read(int at) {
            KvCache cache = caches.get(0);
            int tokens = Math.min(CHUNK, context - at);
            long start = System.nanoTime();
            if (at == 0) {
                cache.expect(context); // as the engine does, or columns would grow, and be copied, with every chunk
            }
            read(cache, tokens, at + tokens == context ? 1 : 0);
            readSeconds += seconds(start);
        }

        private void read(KvCache cache, int tokens, int outputs) {
            model.forward(Step.of(new Step.Slice(cache, ids(tokens), outputs)));
        }

        /** Fills the caches that have not read the context. */
        void fill() {
            caches.stream().skip(settings.filled() ? 0 : 1).forEach(cache -> parts.fill(cache, context));
            retained = caches.get(0).layer(0).longest();
            bytes = caches.get(0).bytes();
        }

        void decode(int round) {
            long start = System.nanoTime();
            for (int token = 0; token < ROUND; token++) {
                model.forward(new Step(caches.stream()
                        .map(cache -> new Step.Slice(cache, ids(1), 1))
                        .toList()));
            }
            secondsPerRound[round] = seconds(start);
        }

        private int[] ids(int tokens) {
            return random.ints(tokens, 0, model.spec().vocabSize()).toArray();
        }

        Measurement result() {
            double step = median(secondsPerRound) / ROUND;
            double linear = medianSeconds(() -> parts.linear(caches.size(), caches.size()));
            double attention = medianSeconds(() -> caches.forEach(parts::attention));
            double attended = caches.stream().mapToLong(parts::attentionBytes).sum();
            double copy = roofline.copyBytesPerSecond();
            boolean read = readSeconds > 0;
            double chunks = (double) context / CHUNK;
            double gigaflops = 1e-9 * operations() / readSeconds;
            return new Measurement(
                    policy.budget().toString(),
                    policy.scorer().name(),
                    context,
                    caches.size(),
                    retained,
                    bytes,
                    read ? context / readSeconds : null,
                    read ? gigaflops : null,
                    read ? gigaflops / roofline.chunkGigaflops() : null,
                    read ? chunks * roofline.chunkMillis() / 1e3 / readSeconds : null,
                    step * 1e3 / caches.size(),
                    linear * 1e3,
                    attention * 1e3,
                    (parts.matrixBytes() + attended) / step / copy,
                    attended / attention / copy);
        }

        /** Returns the operations that reading the context needs; a multiplication and an addition count as two. */
        private double operations() {
            double attended = 0;
            for (int seen = 1; seen <= context; seen++) {
                attended += policy.budget().budget(seen);
            }
            return 2.0 * parts.layerWeights() * context + attended * parts.attentionOperations();
        }

        void close() {
            caches.forEach(KvCache::close);
        }
    }

    private static double medianSeconds(Runnable work) {
        double[] seconds = new double[REPETITIONS];
        work.run();
        for (int i = 0; i < REPETITIONS; i++) {
            long start = System.nanoTime();
            work.run();
            seconds[i] = seconds(start);
        }
        return median(seconds);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
