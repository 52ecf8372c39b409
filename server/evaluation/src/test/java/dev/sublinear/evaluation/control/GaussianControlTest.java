package dev.sublinear.evaluation.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.attention.KeysNeeded;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GaussianControlTest {
    @Test
    void keysNeeded_ofFixedVariance_growLinearlyAndOfGrowingVarianceMoreSlowly() {
        List<Integer> lengths = List.of(256, 512, 1024, 2048);
        double fixed = slope(GaussianControl.ALL.get(0), lengths);
        double growing = slope(GaussianControl.ALL.get(2), lengths);

        assertThat(fixed).isBetween(0.95, 1.02);
        assertThat(growing).isLessThan(0.8);
    }

    private static double slope(GaussianControl control, List<Integer> lengths) {
        return GrowthExponent.typical(
                        List.of(new DocumentAttention(control.keysNeeded(lengths), List.of())), KeysNeeded::keys95)
                .mean();
    }
}
