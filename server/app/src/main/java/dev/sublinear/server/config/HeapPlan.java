package dev.sublinear.server.config;

import dev.sublinear.engine.settings.ByteSize;
import dev.sublinear.engine.settings.CacheCapacity;
import dev.sublinear.engine.settings.EngineSettings;
import dev.sublinear.engine.settings.Faults;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.WeightType;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What requests may make the Java heap hold at once, by the limits that are configured. A heap that is full ends the process, so
 * limits that could fill it together are refused before the model is loaded; and so is one with which no request could be served.
 *
 * @param heap at its largest
 * @param parts what each limit lets in
 */
public record HeapPlan(long heap, List<Part> parts) {
    /** What the server itself holds; measured: 48 MB after a collection, most of it the vocabulary. */
    private static final long SERVER = 64L << 20;

    /** Measured: JSON of the smallest objects becomes up to 36 times its bytes, and its text 4 times. */
    private static final int READING = 40;
    /** Bodies grow by doubling. */
    private static final int HOLDING = 2;

    private static final int LARGEST_BODIES_AT_ONCE = 32;
    private static final int SHARE_OF_BODIES = 8;
    private static final int SHARE_OF_HEADS = 32;
    private static final int SHARE_OF_LOGPROBS = 10;

    /** Measured: 5.0 KB of an idle one without TLS after a request. */
    private static final long CONNECTION = 6L << 10;

    /** Rows of logits of a step besides one for each sequence: of a prompt's logprobs, and of drafts. */
    private static final int MORE_ROWS = 64 + 16;
    /** Rows are copied out of the tensor together, and then each. */
    private static final int COPIES_OF_ROWS = 2;
    /** Scores, weights, ids and masses of the tokens among which one is drawn. */
    private static final int BYTES_OF_CHOOSING = 32;

    /** What waits of all tenants together, in limits of one. */
    private static final int QUEUES = 2;

    /** Of the heap that the JVM is given, the share that it reports: a collector may keep a space free. */
    private static final double REPORTED = 0.96;

    private static final int LEAST_BODY = 256;
    private static final int LEAST_TOKENS = 256;

    /**
     * What one limit lets in.
     *
     * @param key of the limit
     * @param value of it
     */
    public record Part(String key, String value, long bytes) {
        @Override
        public String toString() {
            return String.format("%s (%s) %s", key, value, ByteSize.format(bytes));
        }
    }

    /** Returns the plan of this process. */
    public static HeapPlan of(ServerConfig config, ModelSpec spec) {
        return of(config, spec, Runtime.getRuntime().maxMemory());
    }

    static HeapPlan of(ServerConfig config, ModelSpec spec, long heap) {
        HttpConfig.Limits limits = config.http().limits();
        SchedulerSettings scheduler = config.engine().scheduler();
        long rows = (long) scheduler.maxRunning() + MORE_ROWS;
        return new HeapPlan(
                heap,
                List.of(
                        new Part(
                                "http.max-body",
                                ByteSize.format(limits.maxBody()),
                                READING * limits.maxBody() + HOLDING * bodies(heap, limits.maxBody())),
                        new Part(
                                "http.max-connections",
                                Integer.toString(limits.maxConnections()),
                                limits.maxConnections() * CONNECTION),
                        new Part(
                                "engine.max-running",
                                Integer.toString(scheduler.maxRunning()),
                                spec.vocabSize() * (COPIES_OF_ROWS * rows * Float.BYTES + BYTES_OF_CHOOSING)),
                        new Part(
                                "engine.queue-tokens",
                                Long.toString(scheduler.queueTokens()),
                                QUEUES * scheduler.queueTokens() * Integer.BYTES)));
    }

    /** Bytes that the bodies of all requests may hold together. */
    public static long bodies(long heap, long maxBody) {
        return Math.min(LARGEST_BODIES_AT_ONCE * maxBody, heap / SHARE_OF_BODIES);
    }

    /** Bytes that the heads of all requests may hold together while they come. */
    public static long heads(long heap) {
        return heap / SHARE_OF_HEADS;
    }

    /** Bytes that the log probabilities of all answers may hold together that are not streamed. */
    public static long logprobs(long heap) {
        return heap / SHARE_OF_LOGPROBS;
    }

    private long server() {
        return SERVER + heads(heap) + logprobs(heap);
    }

    long sum() {
        return server() + parts.stream().mapToLong(Part::bytes).sum();
    }

    /**
     * Refuses limits that do not fit, or with which nothing could be served.
     *
     * @throws dev.sublinear.engine.settings.ConfigException with all of them, saying what to do
     */
    public void require(ServerConfig config, ModelSpec spec, WeightType stored) {
        Faults faults = new Faults();
        List<Part> largestFirst = parts.stream()
                .sorted(Comparator.comparingLong(Part::bytes).reversed())
                .toList();
        faults.require(
                sum() <= heap,
                "what requests may fill of the heap must be at most all of its %s, was %s: %s, the server itself %s; lower %s, or"
                        + " raise the heap (SUBLINEAR_HEAP, -Xmx) to %sm",
                ByteSize.format(heap),
                ByteSize.format(sum()),
                largestFirst.stream().map(Part::toString).collect(Collectors.joining(", ")),
                ByteSize.format(server()),
                largestFirst.get(0).key(),
                fitting(config, spec));
        long maxBody = config.http().limits().maxBody();
        faults.require(
                maxBody >= LEAST_BODY,
                "http.max-body must be at least %s bytes, those of a short request, was %s; raise it",
                LEAST_BODY,
                maxBody);
        requireUsefulCache(faults, config.engine(), spec, stored);
        faults.raise();
    }

    /** Returns the MiB of a heap that these limits fit, some of which grow with it. */
    private long fitting(ServerConfig config, ModelSpec spec) {
        HeapPlan plan = this;
        while (plan.sum() > plan.heap()) {
            plan = of(config, spec, plan.sum());
        }
        return (long) Math.ceil(plan.heap() / REPORTED / (1 << 20));
    }

    private static void requireUsefulCache(Faults faults, EngineSettings settings, ModelSpec spec, WeightType stored) {
        if (settings.cache().capacity() instanceof CacheCapacity.Fixed fixed) {
            KvShape shape = spec.kvShape(settings.execution(spec, stored).storage());
            int tokens = Math.min(LEAST_TOKENS, spec.maxPositions());
            long least = shape.peakBytes(settings.cache().policy(), tokens);
            faults.require(
                    fixed.bytes() >= least,
                    "cache.capacity must hold a sequence of %s tokens, %s, was %s; raise it",
                    tokens,
                    ByteSize.format(least),
                    ByteSize.format(fixed.bytes()));
        }
    }
}
