package dev.sublinear.kvcache.scorer;

import static dev.sublinear.kvcache.Signal.ATTENTION_WEIGHTS;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that have drawn the most attention of late: the sum of {@code decay^age} times the attention of the
 * query that is {@code age} tokens old.
 *
 * <p>A common remedy for the age bias of <a href="https://arxiv.org/abs/2306.14048">H2O</a>.
 *
 * @param decay what a query's attention is worth one token later, in (0, 1)
 */
public record DecayScorer(double decay) implements Scorer {

    /** Half of a query's attention is forgotten after 34 tokens. */
    public static final double DEFAULT_DECAY = 0.98;

    public DecayScorer {
        if (!(decay > 0 && decay < 1)) {
            throw new IllegalArgumentException("decay must be in (0, 1), was " + decay);
        }
    }

    @Override
    public String name() {
        return "decay";
    }

    @Override
    public String text() {
        return name() + ":" + decay;
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(ATTENTION_WEIGHTS);
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        int queries = (int) step.weights().getShape().get(1);
        double[] worth = new double[queries];
        for (int query = 0; query < queries; query++) {
            worth[query] = Math.pow(decay, queries - 1 - query);
        }
        NDArray factors = state.tokenState().getManager().create(worth, new Shape(1, queries, 1));
        NDArray fresh =
                step.weights().toType(DataType.FLOAT64, false).mul(factors).sum(new int[] {1});
        state.tokenState().muli(Math.pow(decay, queries)).addi(fresh);
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.tokenState();
    }
}
