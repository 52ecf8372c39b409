package dev.sublinear.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ExponentialTest {

    @Test
    void of_anyNumberUpToZero_isWithinABillionth() {
        for (double x = 0; x > -699; x -= 0.00137) {
            assertThat(Exponential.of(x) / Math.exp(x)).as("%s", x).isCloseTo(1, within(1e-9));
        }
        assertThat(Exponential.of(0)).isEqualTo(1);
    }

    @Test
    void of_veryLittle_isZero() {
        assertThat(Exponential.of(-800)).isZero();
        assertThat(Exponential.of(-1e300)).isZero();
        assertThat(Exponential.of(Double.NEGATIVE_INFINITY)).isZero();
    }

    @Test
    void ofAll_numbersUpToZero_areWithinABillionth() {
        double[] numbers =
                IntStream.range(0, 100_000).mapToDouble(i -> -i * 0.00064).toArray();
        double[] powers = numbers.clone();
        Exponential.ofAll(powers, 1, powers.length);
        assertThat(powers[0]).as("not asked for").isZero();
        for (int i = 1; i < powers.length; i++) {
            assertThat(powers[i] / Math.exp(numbers[i])).as("%s", numbers[i]).isCloseTo(1, within(1e-9));
        }
    }

    @Test
    void ofAll_less_isLessThanWhatCounts() {
        double[] numbers = {0, -65, -100, -300, -703, -704, -705, -1e300, Double.NEGATIVE_INFINITY};
        Exponential.ofAll(numbers, 0, numbers.length);
        assertThat(numbers[0]).isEqualTo(1);
        for (int i = 1; i < numbers.length; i++) {
            assertThat(numbers[i]).isBetween(0.0, Math.min(numbers[i - 1], Math.exp(-64)));
        }
        assertThat(Arrays.copyOfRange(numbers, 5, 9)).containsOnly(0.0);
    }
}
