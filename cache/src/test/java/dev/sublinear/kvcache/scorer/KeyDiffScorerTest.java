package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

final class KeyDiffScorerTest extends ScorerContract {
    KeyDiffScorerTest() {
        super(new KeyDiffScorer());
    }

    @Test
    void score_anyKey_isMinusItsCosineWithTheMeanDirection() {
        NDArray keys = manager.create(new float[] {5, 0, 3, 0, 0, 2}, new Shape(1, 3, 2));
        Layer layer = new Layer(3, 3, keys, keys, keys, keys, keys);
        float along = (float) (2 / Math.sqrt(5)); // the mean of the three directions points to (2, 1)
        float across = (float) (1 / Math.sqrt(5));
        assertThat(scorer.score(layer).toFloatArray())
                .containsExactly(new float[] {-along, -along, -across}, within(1e-6f));
    }

    @Test
    void needs_attention_none() {
        assertThat(scorer.needs()).isEmpty();
    }
}
