package dev.sublinear.evaluation.calibration;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.ScorerState;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import java.util.EnumSet;
import java.util.Set;

/**
 * Scores as another scorer does and records the newest queries beside it. Under {@link #policy} nothing is evicted, so what the
 * scorer would keep can be compared with what the queries that follow attend to.
 *
 * @param scored the other scorer
 * @param recorder whose numbers of each head lie behind those of the other scorer
 */
record RecordingScorer(Scorer scored, QueryRecorder recorder) implements Scorer {
    private static final int EVERYTHING = Integer.MAX_VALUE - 1;

    /** Returns the policy that keeps everything and lets both observe. Scorers of an unlimited budget would see nothing. */
    EvictionPolicy policy() {
        return EvictionPolicy.of(new BudgetSchedule.Fixed(EVERYTHING), this);
    }

    @Override
    public String name() {
        return "recorded " + scored.name();
    }

    @Override
    public NDArray score(LayerView layer) {
        int headDim = (int) layer.keys().getShape().get(2);
        return scored.score(new WithOwnState(layer, scored.stateOfHead(headDim)));
    }

    @Override
    public Set<Signal> needs() {
        Set<Signal> needs = EnumSet.copyOf(recorder.needs());
        needs.addAll(scored.needs());
        return needs;
    }

    @Override
    public int stateOfToken() {
        return scored.stateOfToken();
    }

    @Override
    public int stateOfHead(int headDim) {
        return scored.stateOfHead(headDim) + recorder.stateOfHead(headDim);
    }

    @Override
    public int queries() {
        return scored.queries();
    }

    @Override
    public void observe(ScorerState state, AttentionStep step) {
        int headDim = (int) step.queries().getShape().get(2);
        int own = scored.stateOfHead(headDim);
        if (!scored.needs().isEmpty()) {
            scored.observe(part(state, 0, own), step);
        }
        recorder.observe(part(state, own, own + recorder.stateOfHead(headDim)), step);
    }

    private static ScorerState part(ScorerState state, int from, int to) {
        NDArray numbers = columns(state.headState(), from, to);
        return new ScorerState(state.tokenState(), numbers, state.seen(), state.tokens());
    }

    private static NDArray columns(NDArray headState, int from, int to) {
        return headState.get(new NDIndex().addAllDim().addSliceDim(from, to));
    }

    /** A layer as the other scorer knows it: without what the recorder remembers of each head. */
    private record WithOwnState(LayerView layer, int numbers) implements LayerView {
        @Override
        public int seen() {
            return layer.seen();
        }

        @Override
        public int firstHead() {
            return layer.firstHead();
        }

        @Override
        public int length() {
            return layer.length();
        }

        @Override
        public NDArray keys() {
            return layer.keys();
        }

        @Override
        public NDArray values() {
            return layer.values();
        }

        @Override
        public NDArray tokenState() {
            return layer.tokenState();
        }

        @Override
        public NDArray headState() {
            return columns(layer.headState(), 0, numbers);
        }

        @Override
        public NDArray queries() {
            return layer.queries();
        }

        @Override
        public NDArray positions() {
            return layer.positions();
        }
    }

    /**
     * Returns the recorded queries of one head, rotated and not scaled, oldest token first, the query heads of a token next to
     * one another: tokens · group · headDim numbers.
     *
     * @param seen tokens that the layer has seen, at least as many as are recorded
     * @param headState of all its heads, as {@link LayerView#headState} has it
     */
    float[] queries(int seen, int head, int headDim, double[] headState) {
        int width = recorder.group() * headDim;
        int start = head * stateOfHead(headDim) + scored.stateOfHead(headDim);
        float[] queries = new float[recorder.tokens() * width];
        for (int token = 0; token < recorder.tokens(); token++) {
            int place = (seen - recorder.tokens() + token) % recorder.tokens();
            for (int i = 0; i < width; i++) {
                queries[token * width + i] = (float) headState[start + place * width + i];
            }
        }
        return queries;
    }
}
