package dev.sublinear.evaluation.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class FullAttentionTest {
    private static final FullAttention HALVES = FullAttention.of(new double[][] {{0.5, 0.25, 0.125, 0.0625, 0.0625}});

    @Test
    void keysFor_isTheLeastNumberOfKeysWithTheMass() {
        assertThat(HALVES.keysFor(0, 0.5)).isEqualTo(1);
        assertThat(HALVES.keysFor(0, 0.49)).isEqualTo(2);
        assertThat(HALVES.keysFor(0, 0.125)).isEqualTo(3);
        assertThat(HALVES.keysFor(0, 0.0625)).isEqualTo(4);
        assertThat(HALVES.keysFor(0, 0.01)).isEqualTo(5);
    }

    @Test
    void topWeight_hasTheMassOfTheLargest() {
        assertThat(HALVES.topWeight(0, 2)).isCloseTo(0.75, within(1e-12));
        assertThat(HALVES.topWeight(0, 5)).isCloseTo(1, within(1e-12));
    }

    @Test
    void topWeight_isNeverBeatenByAnySetOfItsSize() {
        Random random = new Random(Seed.or(11));
        double[] row =
                FullAttention.normalise(random.doubles(40).map(x -> 5 * x).toArray(), 5);
        FullAttention attention = FullAttention.of(new double[][] {row});
        for (int trial = 0; trial < 200; trial++) {
            boolean[] kept = new boolean[row.length];
            int count = 0;
            for (int i = 0; i < kept.length; i++) {
                kept[i] = random.nextInt(3) == 0;
                count += kept[i] ? 1 : 0;
            }
            assertThat(attention.retained(0, kept)).isLessThanOrEqualTo(attention.topWeight(0, count) + 1e-12);
        }
    }

    @Test
    void entropy_ofAUniformRow_isTheLogarithmOfItsLength() {
        double[] row = new double[64];
        Arrays.fill(row, 1.0 / 64);
        assertThat(FullAttention.of(new double[][] {row}).entropy(0)).isCloseTo(Math.log(64), within(1e-12));
    }

    @Test
    void heaviest_ordersKeysByTheirColumn() {
        FullAttention attention = FullAttention.of(new double[][] {{0.2, 0.8}, {0.5, 0.1, 0.4}, {0.6, 0.2, 0.1, 0.1}});
        assertThat(attention.heaviest()).containsExactly(0, 1);
    }
}
