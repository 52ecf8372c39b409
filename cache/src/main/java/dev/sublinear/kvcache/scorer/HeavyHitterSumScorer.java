package dev.sublinear.kvcache.scorer;

import static dev.sublinear.kvcache.Signal.ATTENTION_WEIGHTS;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that have drawn the most attention in all.
 *
 * <p>Zhang et al., <a href="https://arxiv.org/abs/2306.14048">H2O: Heavy-Hitter Oracle</a>, 2023, whose window of recent
 * tokens is {@code protection.recent} here. The sum favours old tokens, which more queries have seen; {@link
 * HeavyHitterScorer} does not.
 */
public record HeavyHitterSumScorer() implements Scorer {

    @Override
    public String name() {
        return "heavy-hitter-sum";
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(ATTENTION_WEIGHTS);
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        NDArray weights = step.weights();
        // In float64 the sum does not depend on how many queries came at once, to the last bits.
        NDArray fresh = weights.getShape().get(1) == 1
                ? weights.squeeze(1)
                : weights.toType(DataType.FLOAT64, false).sum(new int[] {1});
        state.tokenState().addi(fresh);
    }

    @Override
    public boolean sumsAttention() {
        return true;
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.tokenState();
    }
}
