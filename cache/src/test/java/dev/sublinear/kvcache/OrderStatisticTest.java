package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class OrderStatisticTest {
    private static final long SEED = Seed.or(20261123);

    @Test
    void of_anyNumbers_isWhatSortingPutsThere() {
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            int count = 1 + random.nextInt(60);
            int distinct = 1 + random.nextInt(40); // few of them: ties are common
            double[] values =
                    random.ints(count, -distinct, distinct).asDoubleStream().toArray();
            if (round % 3 == 0) {
                Arrays.sort(values);
            }
            int rank = random.nextInt(count);
            double[] sorted = values.clone();
            Arrays.sort(sorted);
            assertThat(OrderStatistic.of(values, count, rank))
                    .as("round %s, seed %s", round, SEED)
                    .isEqualTo(sorted[rank]);
        }
    }

    @Test
    void of_infinities_ranksThemOutermost() {
        double[] values = {3, Double.NEGATIVE_INFINITY, 1, Double.POSITIVE_INFINITY, 2};
        assertThat(OrderStatistic.of(values.clone(), 5, 0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(OrderStatistic.of(values.clone(), 5, 2)).isEqualTo(2);
        assertThat(OrderStatistic.of(values.clone(), 5, 4)).isEqualTo(Double.POSITIVE_INFINITY);
    }

    @Test
    void of_numbersBeyondTheCount_leavesThemAlone() {
        double[] values = {5, 4, 3, 0, 0};
        assertThat(OrderStatistic.of(values, 3, 0)).isEqualTo(3);
        assertThat(values).endsWith(0, 0);
    }
}
