package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that have drawn the most attention for each query that could see them.
 *
 * <p>Zhang et al., <a href="https://arxiv.org/abs/2306.14048">H2O: Heavy-Hitter Oracle</a>, 2023, which sums the
 * attention received. The sum favours old tokens, so here it is divided by the token's lifetime, as kvpress's
 * ObservedAttention does; the protected newest tokens are the grace that young tokens then need.
 */
public record HeavyHitterScorer() implements Scorer {
    private static final Scorer SUM = new HeavyHitterSumScorer();

    @Override
    public String name() {
        return "heavy-hitter";
    }

    @Override
    public Set<Signal> needs() {
        return SUM.needs();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        SUM.observe(state, step);
    }

    @Override
    public boolean sumsAttention() {
        return SUM.sumsAttention();
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray lifetime =
                layer.positions().toType(DataType.FLOAT64, false).neg().add(layer.seen());
        return SUM.score(layer).div(lifetime);
    }
}
