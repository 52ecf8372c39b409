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
 * Keeps the tokens without which the layer's output would change most, the attention they will get taken from another scorer.
 *
 * <p>Goel et al., <a href="https://arxiv.org/abs/2504.14051">CAOTE</a>, 2025: dropping a token with attention p and value v
 * moves the output o by {@code p / (1 − p) · ‖v − o‖}. Here p is the other scorer's score as a share of all scores of the
 * head, and o the mean of the values so weighted. Feng et al., <a href="https://arxiv.org/abs/2502.03805">CriticalKV</a>,
 * 2025, use the norm of the value's projection, which a cache does not know.
 *
 * @param attention a scorer that reads attention weights; a score below zero counts as none
 */
public record ValueAwareScorer(Scorer attention) implements Scorer {

    /** What the name of a value-aware scorer begins with; the name of the other scorer follows. */
    public static final String PREFIX = "value-aware-";

    private static final double TINY = 1e-12;

    public ValueAwareScorer {
        if (!attention.needs().contains(Signal.ATTENTION_WEIGHTS)) {
            throw new IllegalArgumentException(
                    "value-aware must be given a scorer that reads attention weights, was " + attention.name());
        }
    }

    @Override
    public String name() {
        return PREFIX + attention.name();
    }

    @Override
    public String text() {
        return PREFIX + attention.text();
    }

    @Override
    public Set<Signal> needs() {
        return attention.needs();
    }

    @Override
    public boolean sumsAttention() {
        return attention.sumsAttention();
    }

    @Override
    public int stateOfToken() {
        return attention.stateOfToken();
    }

    @Override
    public int stateOfHead(int headDim) {
        return attention.stateOfHead(headDim);
    }

    @Override
    public int queries() {
        return attention.queries();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        attention.observe(state, step);
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray scores = attention.score(layer).toType(DataType.FLOAT64, false).maximum(0);
        NDArray shares = scores.div(scores.sum(new int[] {1}, true).add(TINY));
        NDArray values = layer.values();
        NDArray output = shares.toType(DataType.FLOAT32, false).expandDims(1).matMul(values);
        NDArray distance = values.sub(output).norm(new int[] {2});
        return shares.div(shares.neg().add(1 + TINY)).mul(distance);
    }
}
