package dev.sublinear.evaluation.probe;

import dev.sublinear.evaluation.statistics.Logits;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import dev.sublinear.model.text.Tokenizer;
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

    /** Tokens that a model may write beyond those of the answer: it may split the words otherwise, or begin with a space. */
    private static final int MORE = 3;

    /** Reads the context under a policy, puts the questions, and returns the mean score of those that count. */
    double score(CausalLm model, EvictionPolicy policy, Tokenizer tokenizer) {
        int tokens = context.length
                + questions.stream()
                        .mapToInt(question -> question.tokens().length + MORE)
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
                if (question.counts()) {
                    sum += question.wholeAnswer()
                            ? (written(model, cache, question, tokenizer) ? 1 : 0)
                            : question.share(read(model, cache, question.tokens()));
                    counted++;
                } else {
                    read(model, cache, question.tokens());
                }
            }
            return sum / counted;
        }
    }

    private static float[][] read(CausalLm model, KvCache cache, int[] tokens) {
        return model.forward(Step.of(new Step.Slice(cache, tokens, tokens.length)));
    }

    /** Whether the model answers rightly when it writes on after the question, the likeliest token each time. */
    private static boolean written(CausalLm model, KvCache cache, Question question, Tokenizer tokenizer) {
        float[][] rows = read(model, cache, question.asked());
        float[] next = rows[rows.length - 1];
        int[] written = new int[question.answer().length + MORE];
        for (int i = 0; i < written.length; i++) {
            written[i] = Logits.likeliest(next);
            next = i + 1 < written.length ? read(model, cache, new int[] {written[i]})[0] : next;
        }
        return Question.says(tokenizer.decode(written), tokenizer.decode(question.answer()));
    }
}
