package dev.sublinear.evaluation.calibration;

import dev.sublinear.evaluation.corpus.Document;
import dev.sublinear.evaluation.fidelity.ReferenceLogits;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a document with the full cache and under policies beside it, which evict as they do when they serve: the KL divergence of
 * the next token from the full cache's at every position.
 */
final class OnlineDivergence {
    private static final int CHUNK = 128;

    private final CausalLm model;
    private final KvMemory memory;

    /** @param capacity bytes that all caches may use together */
    OnlineDivergence(CausalLm model, long capacity) {
        this.model = model;
        this.memory = new KvMemory(capacity);
    }

    /**
     * Returns nats for each policy and position.
     *
     * @throws IllegalArgumentException if the caches do not fit in the capacity
     */
    List<double[]> read(Document document, List<EvictionPolicy> policies) {
        int[] tokens = document.tokens();
        List<KvCache> caches = new ArrayList<>();
        try {
            EvictionPolicy everything = EvictionPolicy.of(
                    new BudgetSchedule.Unlimited(), policies.get(0).scorer());
            caches.add(open(everything, tokens.length));
            policies.forEach(policy -> caches.add(open(policy, tokens.length)));
            List<double[]> divergences =
                    policies.stream().map(policy -> new double[tokens.length]).toList();
            for (int at = 0; at < tokens.length; at += CHUNK) {
                int[] chunk = Arrays.copyOfRange(tokens, at, Math.min(tokens.length, at + CHUNK));
                compare(caches, chunk, at, divergences);
            }
            return divergences;
        } finally {
            caches.forEach(KvCache::close);
        }
    }

    private KvCache open(EvictionPolicy policy, int tokens) {
        long bytes = model.kvShape().peakBytes(policy, tokens);
        KvMemory.Reservation room = memory.reserve(bytes)
                .orElseThrow(() -> new IllegalArgumentException("cache.capacity must hold " + bytes + " bytes more for "
                        + policy.budget() + ", was " + memory.capacity() + " with " + memory.reserved()
                        + " reserved"));
        return model.newCache(policy, room, KvCacheListener.NONE);
    }

    /** @param caches the full one, then those of the policies */
    private void compare(List<KvCache> caches, int[] chunk, int at, List<double[]> divergences) {
        List<ReferenceLogits> expected = new ArrayList<>();
        for (float[] row : forward(caches.get(0), chunk)) {
            expected.add(new ReferenceLogits(row));
        }
        for (int policy = 0; policy < divergences.size(); policy++) {
            float[][] rows = forward(caches.get(policy + 1), chunk);
            for (int i = 0; i < rows.length; i++) {
                divergences.get(policy)[at + i] =
                        expected.get(i).compare(rows[i]).kl();
            }
        }
    }

    private float[][] forward(KvCache cache, int[] chunk) {
        return model.forward(Step.of(new Step.Slice(cache, chunk, chunk.length)));
    }
}
