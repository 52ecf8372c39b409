package dev.sublinear.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ExponentTest {

    private static Evaluation.Attention attention(double exponent, double factor) {
        List<Need> needs = new ArrayList<>();
        for (int n : List.of(128, 256, 512, 1024, 2048)) {
            double keys = factor * Math.pow(n, exponent);
            needs.add(new Need(n, 0, 0, keys, keys, keys, keys));
            needs.add(new Need(n, 0, 1, n, n, n, n));
        }
        return new Evaluation.Attention(needs, List.of());
    }

    @Test
    void heads_ofAPowerLaw_haveItsExponent() {
        List<Exponent.Head> heads = Exponent.heads(List.of(attention(0.4, 2), attention(0.4, 3)), 0.05);

        assertThat(heads).hasSize(2);
        assertThat(heads.get(0).exponent().mean()).isCloseTo(0.4, within(1e-9));
        assertThat(heads.get(1).exponent().mean()).isCloseTo(1, within(1e-9));
        assertThat(heads.get(0).exponent().high()).isCloseTo(0.4, within(1e-9));
    }

    @Test
    void typical_isTheMeanOfTheHeadsLines() {
        assertThat(Exponent.typical(List.of(attention(0.4, 2)), Need::twentieth).mean())
                .isCloseTo(0.7, within(1e-9));
    }

    @Test
    void gaussianLogitsOfFixedSpread_needAShareOfNAndOfGrowingSpreadLess() {
        List<Integer> lengths = List.of(256, 512, 1024, 2048);
        double fixed = slope(GaussianControl.ALL.get(0), lengths);
        double growing = slope(GaussianControl.ALL.get(2), lengths);

        assertThat(fixed).isBetween(0.95, 1.02);
        assertThat(growing).isLessThan(0.8);
    }

    private static double slope(GaussianControl control, List<Integer> lengths) {
        return Exponent.typical(List.of(new Evaluation.Attention(control.needs(lengths), List.of())), Need::twentieth)
                .mean();
    }
}
