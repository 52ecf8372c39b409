package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import org.junit.jupiter.api.Test;

final class KeyDiffScorerTest extends ScorerContract {
    KeyDiffScorerTest() {
        super(new KeyDiffScorer());
    }

    @Test
    void score_anyKey_isMinusItsMeanCosineWithAllKeys() {
        NDArray keys = manager.create(new float[] {5, 0, 3, 0, 0, 2}, new Shape(1, 3, 2));
        ArrayLayer layer = new ArrayLayer(3, 3, keys, keys, keys, keys, keys);
        float along = 2 / 3f; // with itself and the other one that points its way 1, with the third 0
        float across = 1 / 3f;
        assertThat(scorer.score(layer).toFloatArray())
                .containsExactly(new float[] {-along, -along, -across}, within(1e-6f));
    }

    @Test
    void needs_attention_none() {
        assertThat(scorer.needs()).isEmpty();
    }
}
