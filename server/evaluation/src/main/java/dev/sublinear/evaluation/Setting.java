package dev.sublinear.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.Scorers;
import dev.sublinear.model.precision.Precisions;
import java.util.Optional;

/**
 * One way to run the model, in the words of configuration.
 *
 * @param precision of weights and activations
 */
public record Setting(
        String precision, String budget, String scorer, int sinks, int recent, double recentShare, int slack) {

    public Setting {
        Precisions.named(precision);
        policy(budget, scorer, sinks, recent, recentShare, slack);
    }

    /** The setting with this budget and scorer, and the protection and slack of a policy. */
    public static Setting of(String precision, BudgetSchedule budget, String scorer, EvictionPolicy rest) {
        Protection protection = rest.protection();
        return new Setting(
                precision,
                budget.toString(),
                scorer,
                protection.sinks(),
                protection.recent(),
                protection.recentShare(),
                rest.slack());
    }

    /** Returns it as a policy that pins nothing. */
    public EvictionPolicy policy() {
        return policy(budget, scorer, sinks, recent, recentShare, slack);
    }

    /** Returns it as a policy that keeps these positions, if its budget has room for them. */
    Optional<EvictionPolicy> pinning(Protection.Span span) {
        EvictionPolicy policy = policy();
        Protection protection = policy.protection().pinning(span);
        int least = policy.budget().least();
        return protection.tokens(least) < least ? Optional.of(policy.pinning(span)) : Optional.empty();
    }

    private static EvictionPolicy policy(
            String budget, String scorer, int sinks, int recent, double recentShare, int slack) {
        return new EvictionPolicy(
                BudgetSchedule.parse(budget),
                Scorers.named(scorer),
                new Protection(sinks, recent, recentShare, Protection.Span.EMPTY),
                slack);
    }
}
