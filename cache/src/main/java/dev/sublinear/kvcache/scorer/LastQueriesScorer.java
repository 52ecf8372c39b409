package dev.sublinear.kvcache.scorer;

import static dev.sublinear.kvcache.Signal.ATTENTION_WEIGHTS;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import java.util.Set;

/**
 * Keeps the tokens that the newest queries attend to on average.
 *
 * <p>Li et al., <a href="https://arxiv.org/abs/2404.14469">SnapKV</a>, 2024, here at every trim and not only after the
 * prompt, and without its pooling over neighbours; Ghadia et al., <a
 * href="https://arxiv.org/abs/2503.00979">MorphKV</a>, 2025, its sum fusion.
 *
 * @param newest how many of the newest queries count
 */
public record LastQueriesScorer(int newest) implements Scorer {

    /** As many as R-KV observes. Each costs eight bytes a token. */
    public static final int DEFAULT_QUERIES = 8;

    public LastQueriesScorer {
        if (newest < 1 || newest > 1024) {
            throw new IllegalArgumentException("queries must be in [1, 1024], was " + newest);
        }
    }

    @Override
    public String name() {
        return "last-queries";
    }

    @Override
    public String text() {
        return name() + ":" + newest;
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(ATTENTION_WEIGHTS);
    }

    @Override
    public int stateOfToken() {
        return newest;
    }

    /** A token remembers what the query at position p gave it in place p modulo {@link #newest}. */
    @Override
    public void observe(ScorerState state, AttentionStep step) {
        NDArray weights = step.weights().toType(DataType.FLOAT64, false);
        int count = state.tokens();
        for (int query = Math.max(0, count - newest); query < count; query++) {
            int place = (state.seen() - count + query) % newest;
            NDIndex ring = newest == 1 ? new NDIndex(":, :") : new NDIndex(":, :, {}", place);
            state.tokenState().set(ring, weights.get(":, {}", query));
        }
    }

    @Override
    public NDArray score(LayerView layer) {
        return newest == 1 ? layer.tokenState() : layer.tokenState().mean(new int[] {2});
    }
}
