package dev.sublinear.evaluation.loss;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.WithNewestQueries;
import java.util.Set;

/**
 * Scores as another scorer does, in a layer that keeps more queries than that one asks for. Under {@link #policy} nothing is
 * evicted, so what the scorer would keep can be compared with what the queries that follow attend to.
 *
 * @param scored the other scorer
 * @param recorded tokens whose queries are kept
 */
record RecordingScorer(Scorer scored, int recorded) implements Scorer {
    private static final int EVERYTHING = Integer.MAX_VALUE - 1;

    /** Returns the policy that keeps everything and lets the scorer observe. Scorers of an unlimited budget would see nothing. */
    EvictionPolicy policy() {
        return EvictionPolicy.of(new BudgetSchedule.Fixed(EVERYTHING), this);
    }

    @Override
    public String name() {
        return "recorded " + scored.name();
    }

    @Override
    public NDArray score(LayerView layer) {
        return scored.score(new WithNewestQueries(layer, scored.queries()));
    }

    @Override
    public Set<Signal> needs() {
        return scored.needs();
    }

    @Override
    public int stateOfToken() {
        return scored.stateOfToken();
    }

    @Override
    public int stateOfHead(int headDim) {
        return scored.stateOfHead(headDim);
    }

    @Override
    public int queries() {
        return Math.max(recorded, scored.queries());
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        scored.observe(state, step);
    }

    @Override
    public boolean sumsAttention() {
        return scored.sumsAttention();
    }

    /** Returns the queries of the newest tokens, at most those recorded, shape (kvHeads, tokens, group, headDim). */
    NDArray newest(LayerView layer) {
        return new WithNewestQueries(layer, recorded).queries();
    }
}
