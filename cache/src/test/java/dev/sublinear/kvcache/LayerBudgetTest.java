package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.Budgets;
import dev.sublinear.kvcache.budget.HeadBudgets;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A layer whose heads have different budgets. */
final class LayerBudgetTest {
    private static final int HEADS = 3;

    /** Of each head its own schedule. */
    private record Uneven(List<BudgetSchedule> schedules, int slack) implements HeadBudgets {
        @Override
        public int keep(int head, int seen) {
            return schedules.get(head).budget(seen);
        }
    }

    private static Uneven random(Random random, int slack) {
        return new Uneven(
                Stream.generate(() -> Budgets.random(random)).limit(HEADS).toList(), slack);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64})
    void nextTrim_unevenHeads_isWhereTheFirstOfThemOutgrowsItsBudget(int slack) {
        int trims = 0;
        for (long seed : Seed.each(100)) {
            Uneven usual = random(new Random(seed), slack);
            LayerBudget budget = new LayerBudget(usual, BudgetGuard.OFF, 0);
            HeadLengths lengths = new HeadLengths(HEADS);
            long next = budget.nextTrim(lengths);
            for (int seen = 1; seen <= 600; seen++) {
                lengths.add(1);
                boolean outgrown = false;
                for (int head = 0; head < HEADS; head++) {
                    int length = lengths.length(head);
                    outgrown |= length > usual.keep(head, seen) + slack;
                    assertThat(length).as("seed %s, %s", seed, usual).isLessThanOrEqualTo(usual.peak(head, seen));
                }
                assertThat(seen == next)
                        .as("seed %s, %s, %s seen", seed, usual, seen)
                        .isEqualTo(outgrown);
                if (outgrown) {
                    trims++;
                    int[] keep = budget.decide(lengths, budget.usual(lengths), any -> 0);
                    lengths.evictTo(keep);
                    for (int head = 0; head < HEADS; head++) {
                        assertThat(lengths.length(head)).isLessThanOrEqualTo(usual.keep(head, seen));
                    }
                    next = budget.nextTrim(lengths);
                }
            }
        }
        assertThat(trims).isGreaterThan(100);
    }

    @Test
    void decide_guardOn_raisesEveryHeadByAsMuchAsItCan() {
        Uneven usual = new Uneven(
                List.of(new BudgetSchedule.Fixed(10), new BudgetSchedule.Fixed(20), new BudgetSchedule.Fixed(90)), 3);
        LayerBudget budget = new LayerBudget(usual, new BudgetGuard(0.5), 100);
        HeadLengths lengths = new HeadLengths(HEADS);
        lengths.add(40);
        assertThat(budget.decide(lengths, budget.usual(lengths), keep -> keep[0] < 25 ? 1 : 0))
                .containsExactly(26, 36, 40);
        assertThat(budget.raised()).isEqualTo(16);
    }
}
