package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ArrayLayer;
import org.junit.jupiter.api.Test;

final class KeyNormScorerTest extends ScorerContract {
    KeyNormScorerTest() {
        super(new KeyNormScorer());
    }

    @Test
    void score_longerKey_ranksLower() {
        NDArray keys = manager.create(new float[] {3, 4, 0, 1, 6, 8}, new Shape(1, 3, 2));
        ArrayLayer layer = new ArrayLayer(3, 3, keys, keys, keys, keys, keys);
        assertThat(scorer.score(layer).toFloatArray()).containsExactly(-5, -1, -10);
    }

    @Test
    void needs_attention_none() {
        assertThat(scorer.needs()).isEmpty();
    }
}
