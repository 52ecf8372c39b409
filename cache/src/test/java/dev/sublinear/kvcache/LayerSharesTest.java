package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.LayerShares.Pyramid;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LayerSharesTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    @ParameterizedTest
    @ValueSource(strings = {"uniform", "pyramid:1", "pyramid:1.5", "pyramid:20"})
    void of_allLayers_haveAMeanOfOne(String text) {
        LayerShares shares = LayerShares.parse(text);
        assertThat(shares).hasToString(text);
        for (int layers : new int[] {1, 2, 7, 32}) {
            int count = layers;
            double mean = IntStream.range(0, layers)
                            .mapToDouble(layer -> shares.of(layer, count))
                            .sum()
                    / layers;
            assertThat(mean).isCloseTo(1, within(1e-12));
        }
    }

    @Test
    void of_aPyramid_fallsOnALineToOneOverBeta() {
        assertThat(IntStream.range(0, 3)
                        .mapToDouble(layer -> new Pyramid(20).of(layer, 3))
                        .toArray())
                .containsExactly(new double[] {1.95, 1, 0.05}, within(1e-12));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"fixed:100;195;5", "power-law:alpha=8,exponent=0.5;1560;64", "fraction:0.25;4875;125"})
    void forLayer_bottomAndTop_getTheirShareAboveTheFloor(String budget, int bottom, int top) {
        EvictionPolicy policy = new EvictionPolicy(BudgetSchedule.parse(budget), new RecencyScorer(), NOTHING, 0)
                .sharing(new Pyramid(20));
        assertThat(policy.forLayer(0, 3).keep(10_000)).isEqualTo(bottom);
        assertThat(policy.forLayer(2, 3).keep(10_000)).isEqualTo(top);
    }

    @Test
    void forLayer_anySchedule_growsByAtMostOneAndStaysBelowSeen() {
        for (BudgetSchedule budget : Budgets.all().toList()) {
            for (double share : new double[] {0.05, 0.3, 1, 1.95}) {
                BudgetSchedule own = budget.scaled(share);
                int before = 0;
                for (int seen = 1; seen < 3_000; seen++) {
                    int tokens = own.budget(seen);
                    assertThat(tokens).as("%s of %s", share, budget).isBetween(Math.max(1, before), seen);
                    assertThat(tokens - before)
                            .as("%s of %s at %s", share, budget, seen)
                            .isLessThanOrEqualTo(1);
                    before = tokens;
                }
            }
        }
    }

    @Test
    void forLayer_shareBelowWhatIsProtected_isRefusedNamingTheLayer() {
        EvictionPolicy policy =
                EvictionPolicy.of(new Fixed(200), new RecencyScorer()).sharing(new Pyramid(20));
        assertThatThrownBy(() -> policy.forLayer(29, 30))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "in layer 29 of 30: sinks 4 + recent 32 + pinned 0 must be below 10, the smallest budget of fixed:10");
    }

    @Test
    void peakBytes_ofAPyramid_isNearThatOfEqualShares() {
        KvShape shape = new KvShape(10, 2, 16);
        EvictionPolicy equal = new EvictionPolicy(new Fixed(4_000), new RecencyScorer(), NOTHING, 64);
        long pyramid = shape.peakBytes(equal.sharing(new Pyramid(20)), 100_000);
        assertThat((double) pyramid / shape.peakBytes(equal, 100_000)).isCloseTo(1, within(0.1));
    }

    @Test
    void parse_badText_namesTheRuleAndTheValue() {
        assertThatThrownBy(() -> LayerShares.parse("flat"))
                .hasMessage("layer-shares must be uniform or pyramid:20, was \"flat\"");
        assertThatThrownBy(() -> LayerShares.parse("pyramid:x"))
                .hasMessage("layer-shares.beta must be a number, was \"x\"");
        assertThatThrownBy(() -> LayerShares.parse("pyramid:0.5"))
                .hasMessage("layer-shares.beta must be at least 1, was 0.5");
    }
}
