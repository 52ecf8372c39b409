package dev.sublinear.kvcache.analysis;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import java.util.Set;

/**
 * Evicts nothing, and remembers the newest queries of each head: with the keys in the cache they give attention back. Read them
 * with {@link LayerSnapshot}.
 *
 * @param tokens how many of the newest tokens' queries
 * @param group query heads that share a key-value head
 */
public record QueryRecorder(int tokens, int group) implements Scorer {

    public QueryRecorder {
        require(tokens >= 1, "tokens must be at least 1, was %s", tokens);
        require(group >= 1, "group must be at least 1, was %s", group);
    }

    /** The policy that keeps everything and records. Scorers of an unlimited budget would see nothing. */
    public EvictionPolicy policy() {
        return EvictionPolicy.of(new BudgetSchedule.Fixed(Integer.MAX_VALUE - 1), this);
    }

    @Override
    public String name() {
        return "query-recorder";
    }

    @Override
    public Set<Signal> needs() {
        return Set.of(Signal.QUERIES);
    }

    @Override
    public int stateOfHead(int headDim) {
        return tokens * group * headDim;
    }

    /** The queries of the token at position p lie in row p modulo {@link #tokens}. */
    @Override
    public void observe(ScorerState state, AttentionStep step) {
        NDArray queries = step.queries();
        int heads = (int) queries.getShape().get(0);
        int width = (int) (group * queries.getShape().get(2));
        NDArray rows = queries.toType(DataType.FLOAT64, false).reshape(heads, state.tokens(), width);
        NDArray ring = state.headState().reshape(new Shape(heads, tokens, width));
        int first = state.seen() - state.tokens();
        for (int token = Math.max(0, state.tokens() - tokens); token < state.tokens(); ) {
            int place = (first + token) % tokens;
            int count = Math.min(state.tokens() - token, tokens - place);
            ring.set(
                    new NDIndex().addAllDim().addSliceDim(place, place + count),
                    rows.get(new NDIndex().addAllDim().addSliceDim(token, token + count)));
            token += count;
        }
    }

    @Override
    public NDArray score(LayerView layer) {
        return layer.positions().toType(DataType.FLOAT64, false);
    }
}
