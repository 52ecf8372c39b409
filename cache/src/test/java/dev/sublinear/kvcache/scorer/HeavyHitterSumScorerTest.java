package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import org.junit.jupiter.api.Test;

final class HeavyHitterSumScorerTest extends ScorerContract {
    HeavyHitterSumScorerTest() {
        super(new HeavyHitterSumScorer());
    }

    @Test
    void score_anyToken_isTheAttentionItDrewHoweverOldItIs() {
        ArrayLayer layer = layer(1);
        assertThat(scorer.score(layer).toDoubleArray())
                .containsExactly(layer.tokenState().toDoubleArray());
    }

    @Test
    void observe_twoQueries_addsTheirWeightsToEachToken() {
        NDArray tokenState = manager.create(new double[] {1, 0, 0}, new Shape(1, 3));
        NDArray weights = manager.create(new float[] {0.75f, 0.25f, 0, 0.5f, 0.125f, 0.375f}, new Shape(1, 2, 3));
        scorer.observe(state(tokenState, 2, 2), new AttentionStep(weights));
        assertThat(tokenState.toDoubleArray()).containsExactly(2.25, 0.375, 0.375);
    }
}
