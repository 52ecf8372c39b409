package dev.sublinear.load.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class ArrivalsTest {
    private static final long SEED = Long.getLong("seed", 5);

    private static long[] gaps(Arrivals arrivals, int count) {
        Random random = new Random(SEED);
        return LongStream.generate(() -> arrivals.nextGap(random)).limit(count).toArray();
    }

    @Test
    void poisson_gaps_areExponential() {
        long[] gaps = gaps(new Arrivals.Poisson(100), 100_000);

        double mean = Arrays.stream(gaps).average().orElseThrow();
        assertThat(mean).isCloseTo(1e7, within(1e5));
        long longer = Arrays.stream(gaps).filter(gap -> gap > 2e7).count();
        assertThat(longer / 1e5).isCloseTo(Math.exp(-2), within(0.005));
        assertThat(gaps(new Arrivals.Poisson(100), 100_000)).isEqualTo(gaps);
    }

    @Test
    void constant_gaps_areAllTheSame() {
        assertThat(gaps(new Arrivals.Constant(4), 10)).containsOnly(250_000_000);
    }

    @Test
    void rate_thatCannotBe_isRefused() {
        for (double rate : new double[] {0, -1, Double.NaN, 1e7}) {
            assertThatThrownBy(() -> new Arrivals.Poisson(rate)).hasMessageContaining("arrivals must be above 0");
        }
    }
}
