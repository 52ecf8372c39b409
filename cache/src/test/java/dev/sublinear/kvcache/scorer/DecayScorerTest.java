package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DecayScorerTest extends ScorerContract {
    DecayScorerTest() {
        super(new DecayScorer(DecayScorer.DEFAULT_DECAY));
    }

    @Test
    void observe_twoQueries_forgetsHalfOfEachAtEachToken() {
        NDArray tokenState = manager.create(new double[] {8, 0}, new Shape(1, 2));
        NDArray weights = manager.create(new float[] {0.75f, 0.25f, 0.5f, 0.5f}, new Shape(1, 2, 2));
        new DecayScorer(0.5).observe(state(tokenState, 2, 2), new AttentionStep(weights));
        assertThat(tokenState.toDoubleArray()).containsExactly(2 + 0.375 + 0.5, 0.125 + 0.5);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.5, 1.5, Double.NaN})
    void new_decayOutsideItsRange_isRefused(double decay) {
        assertThatThrownBy(() -> new DecayScorer(decay))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("decay must be in (0, 1), was " + decay);
    }
}
