package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.Signal;
import org.junit.jupiter.api.Test;

final class HeavyHitterScorerTest extends ScorerContract {
    HeavyHitterScorerTest() {
        super(new HeavyHitterScorer());
    }

    @Test
    void score_anyToken_isImportanceForEachQueryThatCouldSeeIt() {
        ArrayLayer layer = layer(1);
        double[] scores = scorer.score(layer).toDoubleArray();
        double[] tokenState = layer.tokenState().toDoubleArray();
        int[] positions = layer.positions().toIntArray();
        for (int i = 0; i < positions.length; i++) {
            // The token at position p is seen by the queries at p, p + 1, ..., seen - 1.
            assertThat(scores[i]).isCloseTo(tokenState[i] / (layer.seen() - positions[i]), within(1e-12));
        }
    }

    @Test
    void observe_twoQueries_addsTheirWeightsToEachToken() {
        NDArray tokenState = manager.create(new double[] {1, 0, 0, 0}, new Shape(1, 4));
        NDArray weights = manager.create(new float[] {0.75f, 0.25f, 0, 0, 0.5f, 0.125f, 0.375f, 0}, new Shape(1, 2, 4));
        scorer.observe(state(tokenState, 2, 2), new AttentionStep(weights));
        assertThat(tokenState.getDataType()).isEqualTo(DataType.FLOAT64);
        assertThat(tokenState.toDoubleArray()).containsExactly(2.25, 0.375, 0.375, 0);
    }

    @Test
    void needs_attention_weights() {
        assertThat(scorer.needs()).containsExactly(Signal.ATTENTION_WEIGHTS);
    }
}
