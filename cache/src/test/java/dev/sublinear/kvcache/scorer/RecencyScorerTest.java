package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.ArrayLayer;
import org.junit.jupiter.api.Test;

final class RecencyScorerTest extends ScorerContract {
    RecencyScorerTest() {
        super(new RecencyScorer());
    }

    @Test
    void score_anyToken_isItsPosition() {
        ArrayLayer layer = layer(1);
        double[] scores = scorer.score(layer).toDoubleArray();
        int[] positions = layer.positions().toIntArray();
        for (int i = 0; i < positions.length; i++) {
            assertThat(scores[i]).isEqualTo(positions[i]);
        }
    }

    @Test
    void needs_attention_none() {
        assertThat(scorer.needs()).isEmpty();
    }
}
