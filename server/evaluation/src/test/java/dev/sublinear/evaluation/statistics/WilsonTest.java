package dev.sublinear.evaluation.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class WilsonTest {

    /** Newcombe, 1998, table I: 81 of 263, and 0 of 20. */
    @Test
    void of_publishedExamples_hasTheirBounds() {
        Interval many = Wilson.of(81, 263);
        assertThat(many.mean()).isCloseTo(0.3080, within(5e-5));
        assertThat(many.low()).isCloseTo(0.2553, within(5e-5));
        assertThat(many.high()).isCloseTo(0.3662, within(5e-5));

        Interval none = Wilson.of(0, 20);
        assertThat(none.low()).isZero();
        assertThat(none.high()).isCloseTo(0.1611, within(5e-5));
    }

    @Test
    void of_allRight_isNoCertainty() {
        assertThat(Wilson.of(5, 5).low()).isBetween(0.5, 0.6);
        assertThat(Wilson.of(5, 5).high()).isEqualTo(1);
    }

    @Test
    void of_noTrials_isNoNumber() {
        assertThat(Wilson.of(0, 0).mean()).isNaN();
    }
}
