package dev.sublinear.evaluation.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class BootstrapTest {

    @Test
    void mean_ofEqualNumbers_hasNoWidth() {
        assertThat(Bootstrap.mean(new double[] {2, 2, 2})).isEqualTo(new Interval(2, 2, 2));
    }

    @Test
    void mean_twice_isTheSame() {
        double[] numbers = new Random(1).doubles(20).toArray();
        assertThat(Bootstrap.mean(numbers)).isEqualTo(Bootstrap.mean(numbers));
    }

    @Test
    void mean_ofManySamples_coversTheTruthAboutAsOftenAsItSays() {
        Random random = new Random(2);
        int covered = 0;
        for (int trial = 0; trial < 200; trial++) {
            Interval interval =
                    Bootstrap.mean(random.doubles(40).map(x -> 10 * x).toArray());
            covered += interval.low() <= 5 && 5 <= interval.high() ? 1 : 0;
        }
        assertThat(covered).isBetween(175, 200);
    }
}
