package dev.sublinear.evaluation.setting;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.EvictionPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The settings of the report when none are named: only what its questions need, because each is read on every document.
 *
 * <ul>
 *   <li>Every scorer of the README's table under the default power law and under the fixed budget with its footprint over the
 *       {@link LengthMix}.
 *   <li>Under the configured scorer: two power laws, a grid of fixed budgets that includes the ones equal to a law in footprint
 *       or at the end of a request, fraction and logarithm of the default law's footprint, and all families at a quarter of it.
 *   <li>Budgets that allow 64 tokens at n = 256 and differ only in their growth.
 * </ul>
 */
public final class StandardSettings {
    /** The scorers of the README's table; {@code last-query} is TOVA. */
    private static final List<String> SCORERS =
            List.of("key-diff", "recency", "heavy-hitter", "last-query", "key-norm", "random");

    /** Scorers that are measured by probes only. */
    private static final List<String> PROBED_ONLY = List.of("r-kv:0.9", "heavy-hitter-sum");

    private static final String GROWTH_SCORER = "recency";
    private static final double STEEPER_EXPONENT = 0.75;
    /** All budgets of {@link #growth} allow 64 tokens at n = 256. */
    private static final int ANCHOR = 256;

    private static final int ANCHOR_TOKENS = 64;
    private static final int QUARTER = 4;

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

    /** Returns all settings, without duplicates, those of the default power law first. */
    public List<Setting> all() {
        String own = policy.scorer().text();
        Set<Setting> all = new LinkedHashSet<>();
        all.add(exact(base, own));
        all.add(exact(secondLaw(), own));
        fixed().forEach(budget -> all.add(exact(budget, own)));
        equalFootprint(1).forEach(budget -> all.add(exact(budget, own)));
        equalFootprint(QUARTER).forEach(budget -> all.add(exact(budget, own)));
        for (String scorer : SCORERS) {
            all.add(exact(base, scorer));
            all.add(exact(matched(base), scorer));
        }
        all.addAll(growth());
        all.add(exact(policy.budget(), own)); // the configured policy, if it is not among them
        return List.copyOf(all);
    }

    /** Returns the settings for probes: a fixed budget of a quarter of the context, under every scorer. */
    public static List<Setting> probed(int context, EvictionPolicy policy) {
        return Stream.of(List.of(policy.scorer().text()), SCORERS, PROBED_ONLY)
                .flatMap(List::stream)
                .distinct()
                .map(scorer -> Setting.of(Setting.EXACT, new Fixed(context / 4), scorer, policy))
                .toList();
    }

    private Setting exact(BudgetSchedule budget, String scorer) {
        return Setting.of(Setting.EXACT, budget, scorer, policy);
    }

    /** Returns the configured power law; if that is the default, a steeper one with its footprint. */
    private BudgetSchedule secondLaw() {
        return policy.budget() instanceof PowerLaw own && !own.equals(base)
                ? own
                : mix.powerLaw(mix.footprint(base), STEEPER_EXPONENT);
    }

    /** Returns the fixed budget with the footprint of a law. */
    private BudgetSchedule matched(BudgetSchedule law) {
        return mix.fixed(mix.footprint(law));
    }

    /**
     * Returns fixed budgets, ascending: the footprint of each law, what the second law holds at the end of the mean and of the
     * longest request, and an eighth of the longest request.
     */
    private List<BudgetSchedule> fixed() {
        int longest = mix.longest();
        return Stream.of(
                        matched(base),
                        matched(secondLaw()),
                        new Fixed((int) mix.meanAtEnd(secondLaw())),
                        new Fixed(secondLaw().budget(longest)),
                        new Fixed(longest / 8))
                .sorted(Comparator.comparingInt(BudgetSchedule::least))
                .distinct()
                .toList();
    }

    /** Returns the default law with its alpha divided, then other families with the footprint of that. */
    private List<BudgetSchedule> equalFootprint(int divisor) {
        BudgetSchedule powerLaw = new PowerLaw(base.alpha() / divisor, base.exponent(), base.floor());
        double footprint = mix.footprint(powerLaw);
        List<BudgetSchedule> budgets = new ArrayList<>(
                List.of(powerLaw, mix.fixed(footprint), mix.fraction(footprint), mix.logarithmic(footprint)));
        if (divisor > 1) {
            budgets.add(mix.powerLaw(footprint, STEEPER_EXPONENT));
        }
        return budgets;
    }

    /** Returns, of these settings, the standard ones that allow 64 tokens at n = 256 and differ only in their growth. */
    public static List<Setting> growthAmong(List<Setting> settings, LengthGrid grid) {
        EvictionPolicy policy = settings.get(0).policy();
        List<Setting> growth = new StandardSettings(grid, policy, PowerLaw.DEFAULT).growth();
        return settings.stream().filter(growth::contains).toList();
    }

    private List<Setting> growth() {
        List<BudgetSchedule> growth = new ArrayList<>();
        growth.add(new Fixed(ANCHOR_TOKENS));
        growth.add(new BudgetSchedule.Logarithmic(round(ANCHOR_TOKENS / Math.log(ANCHOR)), ANCHOR_TOKENS));
        for (double exponent : new double[] {0.25, 0.5, 0.75}) {
            growth.add(new PowerLaw(round(ANCHOR_TOKENS / Math.pow(ANCHOR, exponent)), exponent, ANCHOR_TOKENS));
        }
        return growth.stream().map(budget -> exact(budget, GROWTH_SCORER)).toList();
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
