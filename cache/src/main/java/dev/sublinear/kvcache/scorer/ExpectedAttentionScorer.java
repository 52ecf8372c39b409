package dev.sublinear.kvcache.scorer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that a normally distributed query is expected to attend to, times the length of their values.
 *
 * <p>Devoto et al., <a href="https://arxiv.org/abs/2510.00636">Expected Attention</a>, 2025: with mean μ and covariance Σ of
 * the queries, {@code softmax(μ·k / √d + k·Σk / 2d) · ‖v‖}. The paper takes μ and Σ of a prompt's queries before their
 * rotation and turns them to the next 512 positions; a cache does not know the rotation, so here they are those of the
 * rotated queries, each token's worth {@link #decay} of the next one's: the latest positions stand for the next ones. Logits
 * are taken to be scaled by 1 / √headDim.
 *
 * @param decay what a query counts one token later, in (0, 1)
 */
public record ExpectedAttentionScorer(double decay) implements Scorer {

    /** Half of a query is forgotten after 355 tokens: about the horizon of the paper, in the past. */
    public static final double DEFAULT_DECAY = 1 - 0x1p-9;

    private static final double TINY = 1e-12;

    public ExpectedAttentionScorer {
        if (!(decay > 0 && decay < 1)) {
            throw new IllegalArgumentException("decay must be in (0, 1), was " + decay);
        }
    }

    @Override
    public String name() {
        return "expected-attention";
    }

    @Override
    public String text() {
        return name() + ":" + decay;
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(Signal.QUERIES);
    }

    /** The decayed sum of (1, q)(1, q)ᵀ over all queries q: their number, sum and squares in one matrix. */
    @Override
    public int stateOfHead(int headDim) {
        return (headDim + 1) * (headDim + 1);
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        NDArray queries = step.queries().toType(DataType.FLOAT64, false);
        Shape shape = queries.getShape();
        int count = (int) shape.get(1);
        int tokens = state.tokens();
        double[] worth = new double[count];
        for (int query = 0; query < count; query++) {
            worth[query] = Math.pow(decay, tokens - 1 - query * tokens / count);
        }
        NDArray ones = queries.getManager().ones(new Shape(shape.get(0), count, 1), DataType.FLOAT64);
        NDArray extended = NDArrays.concat(new NDList(ones, queries), 2);
        NDArray weighted = extended.mul(queries.getManager().create(worth, new Shape(1, count, 1)));
        NDArray fresh = weighted.transpose(0, 2, 1).matMul(extended);
        state.headState()
                .muli(Math.pow(decay, tokens))
                .addi(fresh.reshape(state.headState().getShape()));
    }

    @Override
    public NDArray score(LayerView layer) {
        NDArray keys = layer.keys();
        int heads = (int) keys.getShape().get(0);
        int size = (int) keys.getShape().get(2);
        NDArray sums = layer.headState().reshape(heads, size + 1, size + 1);
        NDArray count = sums.get(new NDIndex(":, :1, :1")).add(TINY);
        NDArray mean = sums.get(new NDIndex(":, :1, 1:")).div(count);
        NDArray squares = sums.get(new NDIndex(":, 1:, 1:")).div(count);
        NDArray covariance = squares.sub(mean.transpose(0, 2, 1).matMul(mean)).toType(DataType.FLOAT32, false);
        NDArray first = keys.mul(mean.toType(DataType.FLOAT32, false)).sum(new int[] {2});
        NDArray second = keys.matMul(covariance).mul(keys).sum(new int[] {2});
        NDArray logits = first.div(Math.sqrt(size)).add(second.div(2.0 * size));
        NDArray lengths = layer.values().square().sum(new int[] {2}).sqrt();
        return logits.softmax(-1).mul(lengths);
    }
}
