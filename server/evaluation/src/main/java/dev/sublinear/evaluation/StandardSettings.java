package dev.sublinear.evaluation;

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
 * The settings that the report is made of when none are named: as few as answer its questions, because each is read on
 * every document.
 *
 * <ul>
 *   <li>every scorer of the README's table under the default law and the fixed budget of its footprint over the {@link Mix};
 *   <li>under the scorer in force two laws and a grid of fixed budgets, among them those that match a law in some way;
 *       fraction and logarithm of the same footprint; and all rules once more at a quarter of it;
 *   <li>rules that all allow 64 tokens after 256, so that only their growth differs.
 * </ul>
 */
final class StandardSettings {
    /** Key difference, which remembers best here, and those of the README's table: heavy hitter, TOVA, recency, key norm, chance. */
    static final List<String> SCORERS =
            List.of("key-diff", "recency", "heavy-hitter", "last-query", "key-norm", "random");

    /** Others that are only asked what they remember. */
    private static final List<String> ASKED_TOO = List.of("r-kv:0.9", "heavy-hitter-sum");

    private static final String SIMPLEST = "recency";
    private static final double STEEPER = 0.75;
    private static final int ANCHOR = 256;
    private static final int ANCHOR_TOKENS = 64;
    private static final int QUARTER = 4;

    private final Mix mix;
    private final EvictionPolicy policy;
    private final PowerLaw base;

    /**
     * @param policy the one in force, whose protection and slack all settings have
     * @param base the power law whose footprint the first level has
     */
    StandardSettings(Grid grid, EvictionPolicy policy, PowerLaw base) {
        this.mix = Mix.of(grid);
        this.policy = policy;
        this.base = base;
    }

    List<Setting> all() {
        String own = policy.scorer().text();
        Set<Setting> all = new LinkedHashSet<>();
        all.add(exact(base, own));
        all.add(exact(law(), own));
        fixed().forEach(budget -> all.add(exact(budget, own)));
        level(1).forEach(budget -> all.add(exact(budget, own)));
        level(QUARTER).forEach(budget -> all.add(exact(budget, own)));
        for (String scorer : SCORERS) {
            all.add(exact(base, scorer));
            all.add(exact(matched(base), scorer));
        }
        all.addAll(growth());
        all.add(exact(policy.budget(), own)); // what is in force, if it is not among them
        return List.copyOf(all);
    }

    /** A quarter of a context, under every scorer. */
    static List<Setting> probed(int context, EvictionPolicy policy) {
        return Stream.of(List.of(policy.scorer().text()), SCORERS, ASKED_TOO)
                .flatMap(List::stream)
                .distinct()
                .map(scorer -> Setting.of(Models.EXACT, new Fixed(context / 4), scorer, policy))
                .toList();
    }

    private Setting exact(BudgetSchedule budget, String scorer) {
        return Setting.of(Models.EXACT, budget, scorer, policy);
    }

    /** The law in force, as calibration or configuration has it; for the default, a steeper one with its footprint. */
    private BudgetSchedule law() {
        return policy.budget() instanceof PowerLaw own && !own.equals(base)
                ? own
                : mix.powerLaw(mix.footprint(base), STEEPER);
    }

    private BudgetSchedule matched(BudgetSchedule law) {
        return mix.fixed(mix.footprint(law));
    }

    /**
     * Fixed budgets, ascending: those with the footprint of each law, those that hold as much as the second at the end of a
     * request, on average and at the most, and one below all of these.
     */
    private List<BudgetSchedule> fixed() {
        int longest = mix.lengths().get(mix.lengths().size() - 1);
        return Stream.of(
                        matched(base),
                        matched(law()),
                        new Fixed((int) mix.meanAtEnd(law())),
                        new Fixed(law().budget(longest)),
                        new Fixed(longest / 8))
                .sorted(Comparator.comparingInt(BudgetSchedule::least))
                .distinct()
                .toList();
    }

    /** The power law with its alpha divided, and other rules with the same footprint; the power law first. */
    private List<BudgetSchedule> level(int divisor) {
        BudgetSchedule powerLaw = new PowerLaw(base.alpha() / divisor, base.exponent(), base.floor());
        double footprint = mix.footprint(powerLaw);
        List<BudgetSchedule> level = new ArrayList<>(
                List.of(powerLaw, mix.fixed(footprint), mix.fraction(footprint), mix.logarithmic(footprint)));
        if (divisor > 1) {
            level.add(mix.powerLaw(footprint, STEEPER));
        }
        return level;
    }

    /** Rules that all allow 64 tokens after 256, so that only their growth differs. */
    List<Setting> growth() {
        List<BudgetSchedule> growth = new ArrayList<>();
        growth.add(new Fixed(ANCHOR_TOKENS));
        growth.add(new BudgetSchedule.Logarithmic(round(ANCHOR_TOKENS / Math.log(ANCHOR)), ANCHOR_TOKENS));
        for (double exponent : new double[] {0.25, 0.5, 0.75}) {
            growth.add(new PowerLaw(round(ANCHOR_TOKENS / Math.pow(ANCHOR, exponent)), exponent, ANCHOR_TOKENS));
        }
        return growth.stream().map(budget -> exact(budget, SIMPLEST)).toList();
    }

    private static double round(double value) {
        return Math.round(value * 1000) / 1000.0;
    }
}
