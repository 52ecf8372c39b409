package dev.sublinear.evaluation.probe;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import java.util.Arrays;
import java.util.List;

/**
 * A context and the questions that follow it.
 *
 * @param pinned positions of the context that the policy is told to keep
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Trial(int[] context, Span pinned, List<Question> questions) {
    private static final int CHUNK = 256;

    /** Reads the context under a policy, puts the questions, and returns the mean score of those that count. */
    double score(CausalLm model, EvictionPolicy policy) {
        int tokens = context.length
                + questions.stream()
                        .mapToInt(question -> question.tokens().length)
                        .sum();
        long bytes = model.kvShape().peakBytes(policy, tokens);
        KvMemory memory = new KvMemory(bytes);
        try (KvCache cache = model.newCache(policy, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            for (int at = 0; at < context.length; at += CHUNK) {
                int end = Math.min(context.length, at + CHUNK);
                model.forward(Step.of(new Step.Slice(cache, Arrays.copyOfRange(context, at, end), 0)));
            }
            double sum = 0;
            int counted = 0;
            for (Question question : questions) {
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
