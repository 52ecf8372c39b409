package dev.sublinear.kvcache.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.ArrayLayer;
import org.junit.jupiter.api.Test;

final class ValueAwareScorerTest extends ScorerContract {
    ValueAwareScorerTest() {
        super(new ValueAwareScorer(new HeavyHitterScorer()));
    }

    @Test
    void score_anyToken_isHowFarTheOutputMovesWithoutIt() {
        ArrayLayer layer = layer(8);
        double[] attention = new HeavyHitterScorer().score(layer).toDoubleArray();
        double[] scores = scorer.score(layer).toDoubleArray();
        float[] values = layer.values().toFloatArray();
        int length = layer.length();
        for (int head = 0; head < 3; head++) {
            double[] with = mean(attention, values, head, length, -1);
            for (int dropped = 0; dropped < length; dropped++) {
                double[] without = mean(attention, values, head, length, dropped);
                double moved = 0;
                for (int i = 0; i < with.length; i++) {
                    moved += Math.pow(with[i] - without[i], 2);
                }
                assertThat(scores[head * length + dropped]).isCloseTo(Math.sqrt(moved), within(1e-6));
            }
        }
    }

    private static double[] mean(double[] attention, float[] values, int head, int length, int dropped) {
        double[] mean = new double[8];
        double sum = 0;
        for (int slot = 0; slot < length; slot++) {
            if (slot != dropped) {
                double weight = attention[head * length + slot];
                sum += weight;
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += weight * values[(head * length + slot) * mean.length + i];
                }
            }
        }
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= sum;
        }
        return mean;
    }

    @Test
    void named_behindThePrefix_anyScorerThatReadsWeights() {
        assertThat(Scorers.named("value-aware-last-query")).isEqualTo(new ValueAwareScorer(new LastQueryScorer()));
        assertThatThrownBy(() -> Scorers.named("value-aware-key-norm"))
                .hasMessage("value-aware must be given a scorer that reads attention weights, was key-norm");
        assertThatThrownBy(() -> Scorers.named("value-aware-x")).hasMessageStartingWith("scorer must be one of ");
    }
}
