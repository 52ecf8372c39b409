package dev.sublinear.kvcache.budget;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class ReservedBudgetTest {
    private static final long SEED = Seed.or(20261130);
    private static final HeadLaws LAWS = HeadLaws.of(List.of(
            List.of(new PowerLaw(1, 0.2, 64), new PowerLaw(8, 0.5, 64)),
            List.of(new PowerLaw(0.5, 1, 64), new PowerLaw(20, 0.4, 64))));

    @Test
    void budget_beforeTheReservedLength_isThatOfItsEnd() {
        BudgetSchedule usual = new PowerLaw(10, 0.5, 64);
        ReservedBudget lazy = new ReservedBudget(usual, 10_000);

        assertThat(lazy.budget(500)).isEqualTo(500);
        assertThat(lazy.budget(2_000)).isEqualTo(1_000);
        assertThat(lazy.budget(10_000)).isEqualTo(usual.budget(10_000));
        assertThat(lazy.budget(40_000)).isEqualTo(usual.budget(40_000));
        assertThat(lazy).hasToString(usual.toString());
    }

    /** So admission counts what it would without. */
    @Test
    void peakBytes_ofAnyLength_areThoseOfTheUsualBudget() {
        Random random = new Random(SEED);
        KvShape shape = new KvShape(2, 2, 4);
        for (BudgetSchedule usual : List.of(LAWS, new PowerLaw(10, 0.5, 64), new BudgetSchedule.Fixed(70))) {
            for (int i = 0; i < 200; i++) {
                int tokens = 1 + random.nextInt(3_000);
                EvictionPolicy policy = EvictionPolicy.of(usual, new RecencyScorer());
                assertThat(shape.peakBytes(policy.reserving(tokens), tokens))
                        .as("%s after %s tokens, seed %s", usual, tokens, SEED)
                        .isEqualTo(shape.peakBytes(policy, tokens));
            }
        }
    }

    @Test
    void budget_asItGrows_growsByAtMostOne() {
        for (BudgetSchedule usual : List.of(LAWS.forHead(1, 0), LAWS.forHead(0, 1), LAWS)) {
            ReservedBudget lazy = new ReservedBudget(usual, 700);
            for (int seen = 2; seen < 2_000; seen++) {
                assertThat(lazy.budget(seen) - lazy.budget(seen - 1)).isBetween(0, 1);
            }
        }
    }

    @Test
    void new_noTokens_isRefused() {
        assertThatThrownBy(() -> new ReservedBudget(LAWS, 0)).hasMessage("tokens must be at least 1, was 0");
    }
}
