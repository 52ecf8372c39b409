package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class RandomScorerTest extends ScorerContract {
    RandomScorerTest() {
        super(new RandomScorer(RandomScorer.DEFAULT_SEED));
    }

    @Test
    void score_manyTokens_isSpreadEvenly() {
        double[] lots = scorer.score(layer(1)).toDoubleArray();
        assertThat(lots).doesNotHaveDuplicates();
        assertThat(Arrays.stream(lots).min().orElseThrow()).isBetween(0.0, 0.1);
        assertThat(Arrays.stream(lots).average().orElseThrow()).isCloseTo(0.5, within(0.1));
        assertThat(Arrays.stream(lots).max().orElseThrow()).isBetween(0.9, 1.0);
    }

    @Test
    void score_otherSeed_drawsOtherLots() {
        assertThat(new RandomScorer(2).score(layer(1)).toDoubleArray())
                .isNotEqualTo(scorer.score(layer(1)).toDoubleArray());
    }

    @Test
    void needs_attention_none() {
        assertThat(scorer.needs()).isEmpty();
    }
}
