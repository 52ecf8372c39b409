package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.HeadLaws;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The settings of the report when none are named: only what its questions need, because each is read on every document.
 *
 * <ul>
 *   <li>Under the configured scorer: the configured budget, power laws of its footprint over the {@link LengthMix}, and fixed
 *       budgets of half of it, as much and twice as much; if it gives each head a law of its own, shares that all grow alike, and two classes of heads.
 *   <li>The scorers of the README's table under the configured budget.
 *   <li>Budgets that allow 64 tokens at n = 256 and differ only in their growth: constant and √n.
 * </ul>
 */
public final class StandardSettings {
    /** The scorers of the README's table. */
    private static final List<String> SCORERS =
            List.of("snap-or-key-diff", "snap+key-diff", "snap", "key-diff", "recency", "random");

    private static final String GROWTH_SCORER = "recency";
    private static final double STEEPER_EXPONENT = 0.75;
    /** All budgets of {@link #growth} allow 64 tokens at n = 256. */
    private static final int ANCHOR = 256;

    private static final int ANCHOR_TOKENS = 64;

    /** Tokens of the heads that keep a window only: DuoAttention's 64 sinks and 256 recent ones. */
    private static final int STREAMING_WINDOW = 320;

    private final LengthMix mix;
    private final EvictionPolicy policy;
    private final PowerLaw base;

    /**
     * Prepares the settings for documents of a length.
     *
     * @param policy the configured one, whose protection and slack all settings have
     * @param base the power law whose footprint the other families are matched to
     */
    public StandardSettings(LengthGrid grid, EvictionPolicy policy, PowerLaw base) {
        this.mix = LengthMix.of(grid);
        this.policy = policy;
        this.base = base;
    }

    /** Returns all settings, without duplicates, the configured one first. */
    public List<Setting> all() {
        String own = policy.scorer().text();
        Set<Setting> all = new LinkedHashSet<>();
        all.add(exact(policy.budget(), own));
        budgets().forEach(budget -> all.add(exact(budget, own)));
        if (policy.budget() instanceof HeadLaws laws) {
            all.addAll(otherSplits(laws, own));
        }
        SCORERS.forEach(scorer -> all.add(exact(policy.budget(), scorer)));
        all.addAll(growth());
        return List.copyOf(all);
    }

    /** Returns the budgets that the configured one is compared with. */
    private List<BudgetSchedule> budgets() {
        BudgetSchedule compared = compared();
        double footprint = mix.footprint(compared);
        boolean isLaw = compared instanceof PowerLaw law && law.exponent() == base.exponent();
        return List.of(
                isLaw ? compared : mix.powerLaw(footprint, base.exponent()),
                mix.powerLaw(footprint, STEEPER_EXPONENT),
                mix.fixed(footprint / 2),
                mix.fixed(footprint),
                mix.fixed(footprint * 2));
    }

    /** Returns other ways to split the footprint of laws among the heads: shares that all grow as √n, and two classes. */
    private List<Setting> otherSplits(HeadLaws laws, String own) {
        double footprint = mix.footprint(compared());
        NamedLaws shares = NamedLaws.shares(laws, base.exponent(), mix.longest());
        NamedLaws matched = new NamedLaws(shares.name(), mix.headLaws(footprint, shares.laws()));
        return List.of(
                Setting.of(Setting.EXACT, matched, own, policy),
                Setting.of(
                        Setting.EXACT,
                        NamedLaws.twoClasses(laws, mix, footprint, STREAMING_WINDOW),
                        GROWTH_SCORER,
                        policy));
    }

    /** Returns the configured budget, or the default where that evicts nothing from the longest document. */
    private BudgetSchedule compared() {
        return policy.budget().budget(mix.longest()) < mix.longest() ? policy.budget() : base;
    }

    /** Returns the settings for probes: a fixed budget of a quarter of the context, under every scorer. */
    public static List<Setting> probed(int context, EvictionPolicy policy) {
        return Stream.concat(Stream.of(policy.scorer().text()), SCORERS.stream())
                .map(scorer -> Setting.of(Setting.EXACT, new Fixed(context / 4), scorer, policy))
                .distinct()
                .toList();
    }

    private Setting exact(BudgetSchedule budget, String scorer) {
        return Setting.of(Setting.EXACT, budget, scorer, policy);
    }

    /** Returns, of these settings, the standard ones that allow 64 tokens at n = 256 and differ only in their growth. */
    public static List<Setting> growthAmong(List<Setting> settings, LengthGrid grid) {
        EvictionPolicy policy = settings.get(0).policy();
        List<Setting> growth = new StandardSettings(grid, policy, PowerLaw.DEFAULT).growth();
        return settings.stream().filter(growth::contains).toList();
    }

    private List<Setting> growth() {
        return Stream.of(new Fixed(ANCHOR_TOKENS), new PowerLaw(ANCHOR_TOKENS / Math.sqrt(ANCHOR), 0.5, ANCHOR_TOKENS))
                .map(budget -> exact(budget, GROWTH_SCORER))
                .toList();
    }
}
