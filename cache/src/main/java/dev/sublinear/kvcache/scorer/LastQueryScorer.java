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
 * Keeps the tokens that the newest token attends to, the same ones in all heads of a layer.
 *
 * <p>Oren et al., <a href="https://arxiv.org/abs/2401.06104">Transformers are Multi-State RNNs</a>, 2024 (TOVA), which
 * protects nothing; here {@code protection} applies as always.
 */
public record LastQueryScorer() implements Scorer {

    @Override
    public String name() {
        return "last-query";
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(ATTENTION_WEIGHTS);
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        NDArray last = step.weights().get(":, -1");
        state.tokenState().muli(0).addi(last.toType(DataType.FLOAT64, false));
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray tokenState = layer.tokenState();
        return tokenState.mean(new int[] {0}, true).broadcast(tokenState.getShape());
    }
}
