package dev.sublinear.real;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Step;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.decoder.DecoderLm;

/** A model that reads with everything kept. */
final class LoadedModel implements AutoCloseable {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());

    private final CausalLm model;
    private final KvMemory memory = new KvMemory(1L << 32);

    /** In float32. */
    LoadedModel(Checkpoint checkpoint) {
        this(checkpoint, Execution.exact(1));
    }

    LoadedModel(Checkpoint checkpoint, Execution execution) {
        model = DecoderLm.load(checkpoint, execution);
    }

    public KvCache newCache(int tokens) {
        long bytes = model.kvShape().peakBytes(UNCUT, tokens);
        return model.newCache(UNCUT, memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE);
    }

    /** The logits after the last of these tokens. */
    float[] read(KvCache cache, int... tokens) {
        return model.forward(Step.of(new Step.Slice(cache, tokens, 1)))[0];
    }

    /** The logits after each of these tokens. */
    float[][] readAll(KvCache cache, int... tokens) {
        return model.forward(Step.of(new Step.Slice(cache, tokens, tokens.length)));
    }

    static int best(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    @Override
    public void close() {
        model.close();
    }
}
