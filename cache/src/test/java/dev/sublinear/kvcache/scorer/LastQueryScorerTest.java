package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import org.junit.jupiter.api.Test;

final class LastQueryScorerTest extends ScorerContract {
    LastQueryScorerTest() {
        super(new LastQueryScorer());
    }

    @Override
    boolean looksAtAllHeads() {
        return true;
    }

    @Test
    void observe_twoQueries_remembersOnlyTheNewest() {
        NDArray tokenState = manager.create(new double[] {8, 8}, new Shape(1, 2));
        NDArray weights = manager.create(new float[] {0.75f, 0.25f, 0.125f, 0.875f}, new Shape(1, 2, 2));
        scorer.observe(state(tokenState, 2, 2), new AttentionStep(weights));
        assertThat(tokenState.toDoubleArray()).containsExactly(0.125, 0.875);
    }

    @Test
    void score_severalHeads_isTheirMeanInEachOfThem() {
        NDArray tokenState = manager.create(new double[] {0.25, 0.75, 0.5, 0.5}, new Shape(2, 2));
        ArrayLayer layer = new ArrayLayer(2, 2, tokenState, tokenState, tokenState, tokenState, tokenState);
        assertThat(scorer.score(layer).toDoubleArray()).containsExactly(0.375, 0.625, 0.375, 0.625);
    }
}
