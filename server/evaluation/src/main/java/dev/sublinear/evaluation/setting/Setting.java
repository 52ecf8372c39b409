package dev.sublinear.evaluation.setting;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.evaluation.worker.Numbers;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import java.util.Optional;

/**
 * Numbers and an eviction policy to measure, in the words of configuration.
 *
 * @param precision of weights and activations, and of the cache if that is not float32, as {@link Numbers} reads it
 * @param budget as {@link BudgetSchedule#parse} reads it
 * @param scorer as {@link Scorers#named} reads it
 * @param sinks first tokens that are kept
 * @param recent newest tokens that are kept, at least
 * @param recentShare share of the budget for the newest tokens
 * @param slack tokens beyond the budget before a trim
 * @param laws of a budget by head, as {@link NamedLaws} reads them; empty where all heads have one budget
 */
public record Setting(
        String precision,
        String budget,
        String scorer,
        int sinks,
        int recent,
        double recentShare,
        int slack,
        String laws) {

    /** The precision of every reference. */
    public static final String EXACT = "f32";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws IllegalArgumentException if a part is none that configuration knows, naming it */
    public Setting {
        Numbers.parse(precision);
        scorer = Scorers.named(scorer).text(); // one scorer may be named in several ways
        policy(budget, scorer, sinks, recent, recentShare, slack, laws);
    }

    /** A setting with one budget for all heads. */
    public Setting(
            String precision, String budget, String scorer, int sinks, int recent, double recentShare, int slack) {
        this(precision, budget, scorer, sinks, recent, recentShare, slack, "");
    }

    /** Returns the setting with this budget and scorer, and the protection and slack of a policy. */
    public static Setting of(String precision, BudgetSchedule budget, String scorer, EvictionPolicy rest) {
        return budget instanceof HeadLaws laws
                ? of(precision, new NamedLaws(NamedLaws.PROFILE, laws), scorer, rest)
                : of(precision, budget.toString(), "", scorer, rest);
    }

    /** Returns the same with laws of another name than the profile's. */
    static Setting of(String precision, NamedLaws laws, String scorer, EvictionPolicy rest) {
        return of(precision, laws.laws().toString(), laws.text(), scorer, rest);
    }

    private static Setting of(String precision, String budget, String laws, String scorer, EvictionPolicy rest) {
        Protection protection = rest.protection();
        return new Setting(
                precision,
                budget,
                scorer,
                protection.sinks(),
                protection.recent(),
                protection.recentShare(),
                rest.slack(),
                laws);
    }

    /** Returns the full cache in the exact precision: what every other setting is compared with. */
    public static Setting fullCache() {
        BudgetSchedule unlimited = new BudgetSchedule.Unlimited();
        return of(EXACT, unlimited, "recency", EvictionPolicy.of(unlimited, new RecencyScorer()));
    }

    /** Returns the budget as tables have it: laws by their name and scale. */
    public String title() {
        return laws.isEmpty() ? budget : NamedLaws.parse(laws).name() + budget.substring(HeadLaws.NAME.length());
    }

    /** Tells whether the numbers are those of the reference. */
    public boolean inExactPrecision() {
        return precision.equals(EXACT);
    }

    /** Returns the setting as JSON: what tells its results from those of other settings. */
    public String key() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the policy, which pins nothing. */
    public EvictionPolicy policy() {
        return policy(budget, scorer, sinks, recent, recentShare, slack, laws);
    }

    /** Returns the policy with these positions pinned, or empty if its budget has no room for them. */
    public Optional<EvictionPolicy> pinning(Protection.Span span) {
        EvictionPolicy policy = policy();
        Protection protection = policy.protection().pinning(span);
        int least = policy.budget().least();
        return protection.tokens(least) < least ? Optional.of(policy.pinning(span)) : Optional.empty();
    }

    private static EvictionPolicy policy(
            String budget, String scorer, int sinks, int recent, double recentShare, int slack, String laws) {
        return new EvictionPolicy(
                BudgetSchedule.parse(
                        budget,
                        laws.isEmpty()
                                ? Optional.empty()
                                : Optional.of(NamedLaws.parse(laws).laws())),
                Scorers.named(scorer),
                new Protection(sinks, recent, recentShare, Protection.Span.EMPTY),
                slack);
    }
}
