package dev.sublinear.server.metrics;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerPolicy;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Meters of the caches: tokens read, tokens retained, tokens evicted. Used on the engine's thread. Every series exists
 * from the start, for each registered scorer and for contexts of each power of two up to the model's.
 */
final class CacheMeters {
    private static final int FIRST_CONTEXT = 6; // up to 64 tokens
    private static final String OTHER = "other"; // stands for scorers that are not registered

    private final KvShape shape;
    private final int layers;
    private final Map<String, Evictions> byScorer;
    private final List<Context> contexts;
    private final HeadQuantiles heldByHead;
    private final HeadQuantiles boundByHead;
    private final ShareHistogram headShare;
    private final ShareHistogram lostMass;
    private final Timer trimDuration;
    private final Counter overBound;
    private final Counter raises;

    private final AtomicLong seen = new AtomicLong();
    private final AtomicLong retained = new AtomicLong();
    private final List<FollowedCache> changed = new ArrayList<>();
    private long trimNanos;

    CacheMeters(Metrics metrics, KvShape shape, int maxPositions) {
        MeterRegistry registry = metrics.registry();
        this.shape = shape;
        this.layers = shape.layers();
        this.byScorer = Stream.concat(Scorers.all().stream().map(Scorer::name), Stream.of(OTHER))
                .collect(Collectors.toMap(Function.identity(), name -> Evictions.of(registry, name)));
        this.contexts = IntStream.rangeClosed(FIRST_CONTEXT, Math.max(FIRST_CONTEXT, exponent(maxPositions)))
                .mapToObj(exponent -> Context.of(registry, Long.toString(1L << exponent)))
                .toList();
        int heads = layers * shape.kvHeads();
        this.heldByHead = new HeadQuantiles(
                registry,
                "sublinear.kvcache.head.retained.tokens",
                "Tokens that live sequences hold together in one key-value head: quantiles of all heads of all layers",
                heads);
        this.boundByHead = new HeadQuantiles(
                registry,
                "sublinear.kvcache.head.bound.tokens",
                "Tokens that they may hold there at most: quantiles of all heads of all layers",
                heads);
        this.headShare = metrics.shares(
                "sublinear.kvcache.head.share",
                "Share of its context that a key-value head held when its sequence ended, 0 to 1, for each head of each layer");
        this.lostMass = metrics.shares(
                "sublinear.kvcache.lost.mass",
                "Share of the attention remembered in a layer that the tokens which a trim evicted had been receiving");
        this.trimDuration = Buckets.timer(
                registry, "sublinear.kvcache.trim.duration", "Time of a layer's trim", Buckets.STEP_SECONDS);
        this.overBound =
                counter(registry, "over.bound", "Layers that held more than their bound after a step: must stay at 0");
        this.raises = counter(registry, "raises", "Times that the guard changed how far a layer may exceed its budget");
        long tokenBytes = shape.keptBytes(EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer()), 1);
        gauge(registry, "layers", "Layers of the model, to divide by what is summed over layers", () -> layers);
        gauge(registry, "live.seen.tokens", "Tokens that live sequences have read, summed over layers", seen::get);
        gauge(registry, "live.retained.tokens", "Tokens that they hold, summed over layers", retained::get);
        gauge(
                registry,
                "full.bytes",
                "Bytes that they would hold if nothing were evicted",
                () -> seen.get() * tokenBytes / layers);
    }

    private static Counter counter(MeterRegistry registry, String name, String description) {
        return Counter.builder("sublinear.kvcache." + name)
                .description(description)
                .register(registry);
    }

    private static void gauge(MeterRegistry registry, String name, String description, Supplier<Number> value) {
        Gauge.builder("sublinear.kvcache." + name, value)
                .description(description)
                .register(registry);
    }

    KvCacheListener follow(EvictionPolicy policy) {
        String scorer = policy.scorer().name();
        return new FollowedCache(
                policy, Objects.requireNonNull(byScorer.get(byScorer.containsKey(scorer) ? scorer : OTHER)));
    }

    /** Records the caches that have changed since the last call; returns the nanoseconds that their trims took. */
    long record() {
        changed.forEach(FollowedCache::record);
        changed.clear();
        long nanos = trimNanos;
        trimNanos = 0;
        return nanos;
    }

    private Context context(int tokens) {
        int index = Math.max(0, exponent(tokens) - FIRST_CONTEXT);
        return contexts.get(Math.min(index, contexts.size() - 1));
    }

    /** Returns the exponent of the smallest power of two that is not below a number of tokens. */
    private static int exponent(int tokens) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(tokens - 1);
    }

    /** One sequence's cache. Gathers what each layer reports during a step, and records it after the step. */
    private final class FollowedCache implements KvCacheListener {
        private final Evictions evictions;
        private final LayerPolicy[] policies = new LayerPolicy[layers];
        private final int[] seenTokens = new int[layers];
        private final int[][] heldTokens = new int[layers][shape.kvHeads()];
        private final int[] raisedTokens = new int[layers];
        private final int[] countedHeld = new int[layers * shape.kvHeads()];
        private final int[] countedBound = new int[layers * shape.kvHeads()];
        private boolean isChanged;
        private long countedSeen;
        private long countedRetained;
        private long trimBegan;

        FollowedCache(EvictionPolicy policy, Evictions evictions) {
            this.evictions = evictions;
            for (int layer = 0; layer < layers; layer++) {
                policies[layer] = shape.policy(policy, layer);
            }
        }

        @Override
        public void onAppended(int layer, HeadLengths held) {
            seenTokens[layer] = held.seen();
            Arrays.setAll(heldTokens[layer], held::length);
            change();
        }

        @Override
        public void onTruncated(int layer, HeadLengths held) {
            onAppended(layer, held);
        }

        @Override
        public void onTrimming(int layer) {
            trimBegan = System.nanoTime();
        }

        @Override
        public void onTrimmed(int layer, int evicted, HeadLengths held) {
            long nanos = System.nanoTime() - trimBegan;
            trimNanos += nanos;
            trimDuration.record(nanos, TimeUnit.NANOSECONDS);
            evictions.tokens.increment((double) evicted / held.heads());
            evictions.trims.increment();
            onAppended(layer, held);
        }

        @Override
        public void onLost(int layer, double share) {
            lostMass.record(share);
        }

        @Override
        public void onRaised(int layer, int tokens) {
            raisedTokens[layer] = tokens;
            raises.increment();
        }

        @Override
        public void onClosed() {
            if (isChanged) {
                changed.remove(this);
                record();
            }
            count(0, 0);
            for (int layer = 0; layer < layers; layer++) {
                for (int head = 0; head < shape.kvHeads() && seenTokens[layer] > 0; head++) {
                    headShare.record(heldTokens[layer][head] / (double) seenTokens[layer]);
                    countHead(layer, head, 0, 0);
                }
            }
        }

        private void change() {
            if (!isChanged) {
                isChanged = true;
                changed.add(this);
            }
        }

        private void record() {
            isChanged = false;
            long allSeen = 0;
            double allRetained = 0;
            double mostRetained = 0;
            double mostBound = 0;
            for (int layer = 0; layer < layers; layer++) {
                double retainedOfHead = 0;
                double boundOfHead = 0;
                boolean over = false;
                int bound = 0;
                for (int head = 0; head < shape.kvHeads(); head++) {
                    if (head == 0 || policies[layer].isByHead()) {
                        bound = bound(layer, head);
                    }
                    countHead(layer, head, heldTokens[layer][head], bound);
                    over |= heldTokens[layer][head] > bound;
                    retainedOfHead += heldTokens[layer][head] / (double) shape.kvHeads();
                    boundOfHead += bound / (double) shape.kvHeads();
                }
                if (over) {
                    overBound.increment();
                }
                mostBound = Math.max(mostBound, boundOfHead);
                mostRetained = Math.max(mostRetained, retainedOfHead);
                allSeen += seenTokens[layer];
                allRetained += retainedOfHead;
            }
            count(allSeen, Math.round(allRetained));
            context(seenTokens[0]).record(seenTokens[0], mostRetained, mostBound);
        }

        private int bound(int layer, int head) {
            int tokens = seenTokens[layer];
            long most = (long) policies[layer].keep(head, Math.max(1, tokens))
                    + raisedTokens[layer]
                    + policies[layer].slack();
            return (int) Math.min(tokens, most);
        }

        private void count(long seenNow, long retainedNow) {
            seen.addAndGet(seenNow - countedSeen);
            retained.addAndGet(retainedNow - countedRetained);
            countedSeen = seenNow;
            countedRetained = retainedNow;
        }

        private void countHead(int layer, int head, int held, int bound) {
            int index = layer * shape.kvHeads() + head;
            heldByHead.add(index, held - countedHeld[index]);
            boundByHead.add(index, bound - countedBound[index]);
            countedHeld[index] = held;
            countedBound[index] = bound;
        }
    }

    private record Evictions(Counter tokens, Counter trims) {
        static Evictions of(MeterRegistry registry, String scorer) {
            return new Evictions(
                    Counter.builder("sublinear.kvcache.evicted.tokens")
                            .description(
                                    "Tokens that a head of a layer has dropped, the mean of its heads, summed over layers")
                            .tag("scorer", scorer)
                            .register(registry),
                    Counter.builder("sublinear.kvcache.trims")
                            .description("Trims of a layer")
                            .tag("scorer", scorer)
                            .register(registry));
        }
    }

    /** The sequences whose length after a step is at most one power of two, and more than the one below it. */
    private record Context(DistributionSummary seen, DistributionSummary retained, DistributionSummary bound) {
        static Context of(MeterRegistry registry, String upTo) {
            return new Context(
                    summary(registry, "seen.tokens", "Length of a context after a step", upTo),
                    summary(registry, "retained.tokens", "What the fullest layer holds of it", upTo),
                    summary(
                            registry,
                            "bound.tokens",
                            "What it may hold at most: budget, slack, and what a guard adds",
                            upTo));
        }

        private static DistributionSummary summary(
                MeterRegistry registry, String name, String description, String upTo) {
            return DistributionSummary.builder("sublinear.kvcache." + name)
                    .description(description)
                    .tag("context", upTo)
                    .register(registry);
        }

        void record(int seenTokens, double retainedTokens, double boundTokens) {
            seen.record(seenTokens);
            retained.record(retainedTokens);
            bound.record(boundTokens);
        }
    }
}
