package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.budget.Budgets;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EvictionPolicyTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    @Test
    void evicts_onlyWhereABudgetBinds_saysSo() {
        assertThat(EvictionPolicy.of(new Unlimited(), new RecencyScorer()).evicts())
                .isFalse();
        assertThat(EvictionPolicy.of(PowerLaw.DEFAULT, new RecencyScorer()).evicts())
                .isTrue();
    }

    @Test
    void constructor_protectionAsLargeAsTheSmallestBudget_isRefusedWithAllNumbers() {
        Protection protection = new Protection(4, 32, 0.25, new Span(4, 68));
        assertThatThrownBy(() -> new EvictionPolicy(new Fixed(100), new RecencyScorer(), protection, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sinks 4 + recent 32 + pinned 64 must be below 100, the smallest budget of fixed:100");
        assertThatCode(() -> new EvictionPolicy(new Fixed(101), new RecencyScorer(), protection, 64))
                .doesNotThrowAnyException();
    }

    @Test
    void pinning_moreThanFits_isRefused() {
        EvictionPolicy policy = EvictionPolicy.of(new PowerLaw(1, 0.5, 64), new RecencyScorer());
        assertThatThrownBy(() -> policy.pinning(new Span(0, 28)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("sinks 4", "recent 32", "pinned 28", "64");
        assertThat(policy.pinning(new Span(0, 27)).protection().pinned()).isEqualTo(new Span(0, 27));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "20, 20", "27, 27", "28, 27", "1000, 27"})
    void pinningFirst_anyNumber_pinsAsManyAsFit(int asked, int pinned) {
        EvictionPolicy policy = EvictionPolicy.of(new PowerLaw(1, 0.5, 64), new RecencyScorer());

        assertThat(policy.pinningFirst(asked).protection().pinned()).isEqualTo(new Span(0, pinned));
    }

    @Test
    void constructor_protectionBeyondInt_isRefused() {
        Protection protection = new Protection(Integer.MAX_VALUE, 2, 0, Span.EMPTY);
        assertThatThrownBy(() -> new EvictionPolicy(new Fixed(100), new RecencyScorer(), protection, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sinks 2147483647 + recent 2 + pinned 0 must be below 100");
    }

    @Test
    void constructor_fittingProtection_fitsEveryLaterBudget() {
        for (long seed : Seed.each(500)) {
            Random random = new Random(seed);
            Protection protection =
                    new Protection(random.nextInt(5), random.nextInt(40), random.nextDouble(), Span.EMPTY);
            BudgetSchedule budget = Budgets.random(random);
            if (protection.tokens(budget.least()) >= budget.least()) {
                continue;
            }
            for (int seen = budget.least() + 1; seen > 0 && seen < 3_000; seen++) {
                int tokens = budget.budget(seen);
                assertThat(protection.tokens(tokens)).as("seed %s", seed).isLessThan(tokens);
            }
        }
    }

    @Test
    void constructors_badNumbers_nameKeyRuleAndValue() {
        assertThatThrownBy(() -> new EvictionPolicy(new Fixed(8), new RecencyScorer(), NOTHING, -1))
                .hasMessage("slack must not be negative, was -1");
        assertThatThrownBy(() -> new Protection(-1, 0, 0, Span.EMPTY)).hasMessage("sinks must not be negative, was -1");
        assertThatThrownBy(() -> new Protection(0, -2, 0, Span.EMPTY))
                .hasMessage("recent must not be negative, was -2");
        assertThatThrownBy(() -> new Protection(0, 0, 1, Span.EMPTY))
                .hasMessage("recent-share must be in [0, 1), was 1.0");
        assertThatThrownBy(() -> new Protection(0, 0, Double.NaN, Span.EMPTY))
                .hasMessage("recent-share must be in [0, 1), was NaN");
        assertThatThrownBy(() -> new Span(5, 4)).hasMessage("a span must satisfy 0 <= from <= to, was [5, 4)");
    }
}
