package dev.sublinear.server.evaluation;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.EvictionPolicy;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The settings that the report is made of when none are named. Those that are compared with each other hold the same: all
 * rules of a level have the footprint of one power law over the {@link Mix} of lengths, and the rules of growth all allow
 * 64 tokens after 256.
 */
final class StandardSettings {
    /** Key difference, which remembers best here, and those of the README's table: heavy hitter, TOVA, recency, key norm, chance. */
    static final List<String> SCORERS =
            List.of("key-diff", "heavy-hitter", "last-query", "recency", "key-norm", "random");

    /** Others that may be a better default. */
    private static final List<String> CONTENDERS = List.of("heavy-hitter-sum", "decay", "r-kv:0.9");

    /** Others that are only asked what they remember. */
    private static final List<String> ASKED_TOO = List.of("last-queries", "expected-attention");

    private static final String SIMPLEST = "recency";
    private static final double STEEPER = 0.75;
    private static final int ANCHOR = 256;
    private static final int ANCHOR_TOKENS = 64;

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

    /** Those of a plan, which has their protection and slack. */
    static StandardSettings of(Plan plan) {
        return new StandardSettings(
                new Grid(plan.length()), plan.settings().get(0).policy(), PowerLaw.DEFAULT);
    }

    /** The power law of the first level. */
    Setting base() {
        return exact(base, SIMPLEST);
    }

    List<Setting> all() {
        Set<Setting> all = new LinkedHashSet<>();
        for (String scorer : SCORERS) {
            level(1).forEach(budget -> all.add(exact(budget, scorer)));
        }
        CONTENDERS.forEach(scorer -> all.add(exact(base, scorer)));
        for (String scorer : List.of(SIMPLEST, "key-diff")) {
            level(4).forEach(budget -> all.add(exact(budget, scorer)));
        }
        all.add(sameMean());
        all.add(sameMost());
        all.addAll(growth());
        for (String precision : List.of("bf16", "int8", "int8-dynamic")) {
            all.add(Setting.of(precision, new BudgetSchedule.Unlimited(), SIMPLEST, policy));
        }
        all.add(Setting.of("int8-dynamic", base, SIMPLEST, policy));
        all.add(exact(policy.budget(), policy.scorer().text())); // what is in force, if it is not among them
        return List.copyOf(all);
    }

    /** A quarter of a context, under every scorer. */
    static List<Setting> probed(int context, EvictionPolicy policy) {
        return Stream.of(SCORERS, CONTENDERS, ASKED_TOO)
                .flatMap(List::stream)
                .map(scorer -> Setting.of(Models.EXACT, new Fixed(context / 4), scorer, policy))
                .toList();
    }

    private Setting exact(BudgetSchedule budget, String scorer) {
        return Setting.of(Models.EXACT, budget, scorer, policy);
    }

    /** The power law with its alpha divided, and every other rule with the same footprint; the power law first. */
    List<BudgetSchedule> level(int divisor) {
        BudgetSchedule powerLaw = new PowerLaw(base.alpha() / divisor, base.exponent(), base.floor());
        double footprint = mix.footprint(powerLaw);
        return List.of(
                powerLaw,
                mix.powerLaw(footprint, STEEPER),
                mix.fixed(footprint),
                mix.fraction(footprint),
                mix.logarithmic(footprint));
    }

    /** The fixed budget that holds as much at the end of a request as the power law, on average. */
    Setting sameMean() {
        return exact(new Fixed((int) mix.meanAtEnd(base)), SIMPLEST);
    }

    /** The fixed budget that holds as much at the end of the longest request. */
    Setting sameMost() {
        int longest = mix.lengths().get(mix.lengths().size() - 1);
        return exact(new Fixed(base.budget(longest)), SIMPLEST);
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
