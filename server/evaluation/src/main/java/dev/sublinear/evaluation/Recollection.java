package dev.sublinear.evaluation;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.Arrays;

/** Puts the questions of a trial to a model that has read its context under a policy. */
final class Recollection {
    private static final int CHUNK = 256;

    private Recollection() {}

    /** Returns the mean score of the questions that count. */
    static double score(CausalLm model, EvictionPolicy policy, Probe.Trial trial) {
        int tokens = trial.context().length
                + trial.questions().stream()
                        .mapToInt(question -> question.tokens().length)
                        .sum();
        long bytes = model.kvShape().peakBytes(policy, tokens);
        KvMemory memory = new KvMemory(bytes);
        try (KvCache cache = model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            for (int at = 0; at < trial.context().length; at += CHUNK) {
                int end = Math.min(trial.context().length, at + CHUNK);
                model.forward(Step.of(new Step.Slice(cache, Arrays.copyOfRange(trial.context(), at, end), 0)));
            }
            double sum = 0;
            int counted = 0;
            for (Probe.Question question : trial.questions()) {
                int[] asked = question.tokens();
                float[][] logits = model.forward(Step.of(new Step.Slice(cache, asked, asked.length)));
                if (question.counts()) {
                    sum += question.score(logits);
                    counted++;
                }
            }
            return sum / counted;
        }
    }
}
