package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.budget.Budgets;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A layer whose heads have one budget; {@link HeadLawsPolicyTest} is of heads with budgets of their own. */
final class LayerPolicyTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64})
    void nextTrim_anywhereInASequence_agreesWithTokenByToken(int slack) {
        for (long seed : Seed.each(200)) {
            Random random = new Random(seed);
            LayerPolicy policy = randomPolicy(random, slack);
            int length = 0;
            for (int seen = 0; seen < 600; seen++) {
                int atMost = 1 + random.nextInt(150);
                assertThat(tokensToTrim(policy, length, seen, atMost))
                        .as("seed %s, %s, %s of %s held", seed, policy, length, seen)
                        .isEqualTo(tokensToTrimOneByOne(policy, length, seen, atMost));
                length = afterOneMore(policy, length, seen + 1);
            }
        }
    }

    private static long tokensToTrim(LayerPolicy policy, int length, int seen, int atMost) {
        HeadLengths lengths = new HeadLengths(1);
        lengths.add(seen);
        lengths.evictTo(new int[] {length});
        return Math.min(atMost, new LayerBudget(policy, BudgetGuard.OFF, 0).nextTrim(lengths) - seen);
    }

    private static int tokensToTrimOneByOne(LayerPolicy policy, int length, int seen, int atMost) {
        for (int tokens = 1; tokens <= atMost; tokens++) {
            if (length + tokens > policy.budget().budget(seen + tokens) + policy.slack()) {
                return tokens;
            }
        }
        return atMost;
    }

    @Test
    void nextTrim_nothingIsEvictedInTheLongestSequence_isNever() {
        LayerPolicy policy = layer(new EvictionPolicy(new Unlimited(), new RecencyScorer(), NOTHING, 64));
        HeadLengths lengths = new HeadLengths(2);
        assertThat(new LayerBudget(policy, BudgetGuard.OFF, 0).nextTrim(lengths))
                .isEqualTo(LayerBudget.NEVER);
        lengths.add(Integer.MAX_VALUE - 10);
        assertThat(new LayerBudget(policy, BudgetGuard.OFF, 0).nextTrim(lengths))
                .isEqualTo(LayerBudget.NEVER);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 64})
    void peak_alongASequence_isNeverExceededAndReachedAtEachTrim(int slack) {
        int trims = 0;
        for (long seed : Seed.each(200)) {
            LayerPolicy policy = randomPolicy(new Random(seed), slack);
            int most = 0;
            int length = 0;
            for (int seen = 1; seen <= 600; seen++) {
                most = Math.max(most, length + 1);
                assertThat(most).as("seed %s, %s", seed, policy).isLessThanOrEqualTo(policy.peak(0, seen));
                if (policy.outgrown(0, length + 1, seen)) {
                    trims++;
                    assertThat(most).as("seed %s, %s", seed, policy).isEqualTo(policy.peak(0, seen));
                }
                length = afterOneMore(policy, length, seen);
                assertThat(length).as("seed %s, %s", seed, policy).isLessThanOrEqualTo(policy.keep(0, seen) + slack);
            }
        }
        assertThat(trims).isGreaterThan(100);
    }

    @Test
    void peak_hugeSlack_isWhatHasBeenSeen() {
        LayerPolicy policy = layer(new EvictionPolicy(new Fixed(8), new RecencyScorer(), NOTHING, Integer.MAX_VALUE));
        assertThat(policy.peak(0, 0)).isZero();
        assertThat(policy.peak(0, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
        assertThat(policy.outgrown(0, Integer.MAX_VALUE, Integer.MAX_VALUE)).isFalse();
    }

    private static LayerPolicy layer(EvictionPolicy policy) {
        return new LayerPolicy(policy, 0, 1, 0);
    }

    private static LayerPolicy randomPolicy(Random random, int slack) {
        return layer(new EvictionPolicy(Budgets.random(random), new RecencyScorer(), NOTHING, slack));
    }

    private static int afterOneMore(LayerPolicy policy, int length, int seen) {
        int budget = policy.budget().budget(seen);
        return length + 1 > budget + policy.slack() ? budget : length + 1;
    }
}
