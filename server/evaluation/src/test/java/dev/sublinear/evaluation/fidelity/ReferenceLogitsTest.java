package dev.sublinear.evaluation.fidelity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ReferenceLogitsTest {
    private static final long SEED = Seed.or(3);

    @Test
    void compare_itself_isExactlyZeroAndAgrees() {
        float[] row = row(new Random(SEED), 1000);
        ReferenceLogits.Comparison comparison = new ReferenceLogits(row).compare(row.clone());

        assertThat(comparison.kl()).isZero();
        assertThat(comparison.agrees()).isTrue();
    }

    @Test
    void compare_anotherRow_isTheSumOverTheVocabulary() {
        Random random = new Random(SEED);
        float[] first = row(random, 50);
        float[] second = row(random, 50);
        double expected = 0;
        for (int i = 0; i < 50; i++) {
            double p = Math.exp(first[i]) / sum(first);
            expected += p * Math.log(p / (Math.exp(second[i]) / sum(second)));
        }

        assertThat(new ReferenceLogits(first).compare(second).kl()).isCloseTo(expected, within(1e-9));
    }

    @Test
    void nll_ofAToken_isMinusTheLogarithmOfItsProbability() {
        float[] row = row(new Random(SEED), 50);

        assertThat(new ReferenceLogits(row).nll(7)).isCloseTo(-Math.log(Math.exp(row[7]) / sum(row)), within(1e-9));
    }

    @Test
    void agrees_otherLikeliest_isFalse() {
        assertThat(new ReferenceLogits(new float[] {1, 2, 0})
                        .compare(new float[] {2, 1, 0})
                        .agrees())
                .isFalse();
    }

    private static double sum(float[] row) {
        double sum = 0;
        for (float logit : row) {
            sum += Math.exp(logit);
        }
        return sum;
    }

    private static float[] row(Random random, int size) {
        float[] row = new float[size];
        for (int i = 0; i < size; i++) {
            row[i] = (float) (3 * random.nextGaussian());
        }
        return row;
    }
}
