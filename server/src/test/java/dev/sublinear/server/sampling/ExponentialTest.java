package dev.sublinear.server.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

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
}
