package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A layer whose heads have budgets of their own, against the rule: after multiples of an interval of tokens seen, each head that
 * holds more than its budget in whole blocks of 64 is trimmed to them.
 */
final class HeadLawsPolicyTest {
    private static final Protection NOTHING = new Protection(0, 0, 0, Span.EMPTY);
    private static final int HEADS = 3;
    private static final int TOKENS = 1_500;

    /** The rule, token by token. */
    private static final class Rule {
        private final LayerPolicy policy;
        private final int interval;
        private final int[] held = new int[HEADS];
        private final int[] most = new int[HEADS];
        private int seen;

        Rule(LayerPolicy policy, int interval) {
            this.policy = policy;
            this.interval = interval;
        }

        /** Takes a token in; returns whether a head is trimmed after it. */
        boolean next() {
            seen++;
            boolean trims = false;
            for (int head = 0; head < HEADS; head++) {
                held[head]++;
                most[head] = Math.max(most[head], held[head]);
                int budget = policy.budget().forHead(policy.layer(), head).budget(seen);
                if (policy.window() > 0) {
                    budget = Math.min(budget, policy.window());
                }
                int blocks = (budget + 63) / 64 * 64;
                if (seen % interval == 0 && held[head] > blocks) {
                    held[head] = blocks;
                    trims = true;
                }
            }
            return trims;
        }
    }

    private static LayerPolicy policy(long seed, int slack) {
        Random random = new Random(seed);
        HeadLaws laws = Laws.random(random, 2, HEADS, 1);
        EvictionPolicy policy = new EvictionPolicy(laws, new RecencyScorer(), NOTHING, slack);
        return new LayerPolicy(policy, random.nextInt(2), HEADS, random.nextBoolean() ? 0 : 1 + random.nextInt(300));
    }

    @ParameterizedTest
    @CsvSource({"0, 64", "1, 64", "64, 64", "65, 128", "200, 256"})
    void keep_afterAnyToken_isWhatTheRuleHolds(int slack, int interval) {
        int trims = 0;
        for (long seed : Seed.each(60)) {
            LayerPolicy policy = policy(seed, slack);
            Rule rule = new Rule(policy, interval);
            for (int seen = 1; seen <= TOKENS; seen++) {
                trims += rule.next() ? 1 : 0;
                for (int head = 0; head < HEADS; head++) {
                    assertThat(policy.keep(head, seen))
                            .as("seed %s, %s, head %s after %s", seed, policy, head, seen)
                            .isEqualTo(rule.held[head]);
                }
            }
        }
        assertThat(trims).isGreaterThan(100);
        assertThat(policy(0, slack).slack())
                .as("what a head may hold beyond what it keeps")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 100})
    void keep_asTheSequenceGrows_neverEvictsLessAndKeepsAtLeastTheBudget(int slack) {
        for (long seed : Seed.each(60)) {
            LayerPolicy policy = policy(seed, slack);
            for (int head = 0; head < HEADS; head++) {
                int evicted = 0;
                for (int seen = 1; seen <= TOKENS; seen++) {
                    int keep = policy.keep(head, seen);
                    assertThat(seen - keep)
                            .as("seed %s, head %s after %s", seed, head, seen)
                            .isGreaterThanOrEqualTo(evicted);
                    evicted = seen - keep;
                    int at = seen / policy.interval() * policy.interval();
                    int budget = at == 0
                            ? 0
                            : policy.budget().forHead(policy.layer(), head).budget(at);
                    assertThat(keep).isBetween(Math.min(budget, policy.most()), seen);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 100})
    void nextTrim_anywhereInASequence_isWhereTheRuleTrimsNext(int slack) {
        for (long seed : Seed.each(60)) {
            LayerPolicy policy = policy(seed, slack);
            LayerBudget budget = new LayerBudget(policy, BudgetGuard.OFF, 0);
            Rule rule = new Rule(policy, policy.interval());
            HeadLengths lengths = new HeadLengths(HEADS);
            long next = budget.nextTrim(lengths);
            for (int seen = 1; seen <= TOKENS; seen++) {
                lengths.add(1);
                assertThat(rule.next())
                        .as("seed %s, %s after %s", seed, policy, seen)
                        .isEqualTo(seen == next);
                if (seen == next) {
                    lengths.evictTo(budget.decide(lengths, budget.usual(lengths), keep -> 0));
                    next = budget.nextTrim(lengths);
                }
                for (int head = 0; head < HEADS; head++) {
                    assertThat(lengths.length(head)).isEqualTo(rule.held[head]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 100})
    void peak_alongASequence_isAtLeastWhatAHeadHasHeldAndLittleMore(int slack) {
        for (long seed : Seed.each(60)) {
            LayerPolicy policy = policy(seed, slack);
            Rule rule = new Rule(policy, policy.interval());
            for (int head = 0; head < HEADS; head++) {
                assertThat(policy.peak(head, 0)).isZero();
            }
            for (int seen = 1; seen <= TOKENS; seen++) {
                rule.next();
                for (int head = 0; head < HEADS; head++) {
                    assertThat(policy.peak(head, seen))
                            .as("seed %s, %s, head %s after %s", seed, policy, head, seen)
                            .isBetween(rule.most[head], Math.min(seen, rule.most[head] + policy.interval() + 64));
                }
            }
        }
    }

    @Test
    void peakAndNextTrim_inTheLongestSequence_doNotOverflow() {
        PowerLaw all = new PowerLaw(1, 1, 1);
        HeadLaws laws = HeadLaws.of(List.of(List.of(all, new PowerLaw(1e9, 1e-9, 1), new PowerLaw(1 - 1e-9, 1, 1))));
        for (int slack : new int[] {0, 64, Integer.MAX_VALUE}) {
            EvictionPolicy policy = new EvictionPolicy(laws, new RecencyScorer(), NOTHING, slack);
            LayerPolicy layer = new LayerPolicy(policy, 0, HEADS, 0);
            assertThat(layer.peak(0, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
            assertThat(layer.keep(0, Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE);
            for (int head = 1; head < HEADS; head++) {
                assertThat(layer.peak(head, Integer.MAX_VALUE)).isBetween(1_000_000_000, Integer.MAX_VALUE);
            }
            HeadLengths lengths = new HeadLengths(HEADS);
            assertThat(new LayerBudget(layer, BudgetGuard.OFF, 0).nextTrim(lengths) % layer.interval())
                    .isZero();
        }
        HeadLaws uncut = HeadLaws.of(List.of(List.of(all, all, all)));
        LayerPolicy layer = new LayerPolicy(new EvictionPolicy(uncut, new RecencyScorer(), NOTHING, 64), 0, HEADS, 0);
        assertThat(new LayerBudget(layer, BudgetGuard.OFF, 0).nextTrim(new HeadLengths(HEADS)))
                .isEqualTo(LayerBudget.NEVER);
    }

    /** A layer of which no head ever evicts has nothing to remember, though the others have. */
    @Test
    void needs_layerWhoseHeadsKeepEverything_isNothing() {
        PowerLaw all = new PowerLaw(1, 1, 1);
        PowerLaw some = new PowerLaw(1, 0.5, 40);
        HeadLaws laws = HeadLaws.of(List.of(List.of(all, all, all), List.of(all, all, some)));
        EvictionPolicy policy = EvictionPolicy.of(laws, new HeavyHitterScorer());
        List<LayerPolicy> layers = List.of(
                new LayerPolicy(policy, 0, HEADS, 0),
                new LayerPolicy(policy, 1, HEADS, 0),
                new LayerPolicy(policy, 0, HEADS, 500));
        assertThat(layers).extracting(LayerPolicy::chooses).containsExactly(false, true, false);
        assertThat(layers).extracting(layer -> layer.needs().size()).containsExactly(0, 1, 0);
        assertThat(layers).extracting(LayerPolicy::stateOfToken).containsExactly(0, 1, 0);
        assertThat(layers).extracting(LayerPolicy::queries).containsOnly(0);
    }
}
