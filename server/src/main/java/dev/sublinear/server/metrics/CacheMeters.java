package dev.sublinear.server.metrics;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.jspecify.annotations.Nullable;

/** The size of caches against the length of their contexts, and what leaves them. Used on the engine's thread. */
final class CacheMeters {
    private final PrometheusMeterRegistry registry;
    private final Counter evictedTokens;
    private final Counter trims;
    private final @Nullable Context[] contexts = new Context[Integer.SIZE];

    CacheMeters(PrometheusMeterRegistry registry, String scorer) {
        this.registry = registry;
        this.evictedTokens = Counter.builder("sublinear.kvcache.evicted.tokens")
                .description("Tokens that a head of a layer has dropped, summed over layers")
                .tag("scorer", scorer)
                .register(registry);
        this.trims = Counter.builder("sublinear.kvcache.trims")
                .description("Trims of a layer to its budget")
                .tag("scorer", scorer)
                .register(registry);
    }

    KvCacheListener listenerFor(EvictionPolicy policy) {
        return new KvCacheListener() {
            @Override
            public void onAppended(int layer, int seen, int retained) {
                if (layer == 0) { // all layers hold the same number
                    context(seen).record(seen, retained, policy.peak(seen));
                }
            }

            @Override
            public void onTrimmed(int layer, int evicted, int retained) {
                evictedTokens.increment(evicted);
                trims.increment();
            }
        };
    }

    private Context context(int seen) {
        int bucket = Integer.SIZE - Integer.numberOfLeadingZeros(seen - 1); // seen is at most 2^bucket
        Context context = contexts[bucket];
        if (context == null) {
            context = new Context(registry, Long.toString(1L << bucket));
            contexts[bucket] = context;
        }
        return context;
    }

    /**
     * Contexts of up to a power of two tokens, and above the one before.
     *
     * @param bound the most that the policy lets a layer hold
     */
    private record Context(DistributionSummary seen, DistributionSummary retained, DistributionSummary bound) {
        Context(PrometheusMeterRegistry registry, String upTo) {
            this(
                    registry.summary("sublinear.kvcache.seen.tokens", "context", upTo),
                    registry.summary("sublinear.kvcache.retained.tokens", "context", upTo),
                    registry.summary("sublinear.kvcache.bound.tokens", "context", upTo));
        }

        void record(int seenTokens, int retainedTokens, int boundTokens) {
            seen.record(seenTokens);
            retained.record(retainedTokens);
            bound.record(boundTokens);
        }
    }
}
