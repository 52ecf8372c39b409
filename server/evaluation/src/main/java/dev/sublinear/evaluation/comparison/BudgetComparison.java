package dev.sublinear.evaluation.comparison;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.LengthMix;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A growing budget against a fixed one under the same scorer, over the {@link LengthMix}. Differences are paired by document;
 * negative ones favour the law.
 *
 * @param equalIn the quantity in which the two budgets are equal, in words; empty if there is none
 * @param meanDifference the law's mean divergence less that of the fixed budget, nats
 * @param worstDifference the law's worst divergence less that of the fixed budget, nats
 */
public record BudgetComparison(
        MixDivergence law,
        MixDivergence fixed,
        Optional<String> equalIn,
        Interval meanDifference,
        Interval worstDifference) {
    private static final String FOOTPRINT = "footprint";

    /**
     * Returns laws by head beside every other budget of their footprint: one for all heads, and other splits among them.
     *
     * <p>Two classes of heads are scored by recency, which is part of that method.
     */
    public static List<BudgetComparison> splits(Findings findings) {
        List<MixDivergence> exact = MixDivergence.all(findings).stream()
                .filter(overMix -> overMix.setting().inExactPrecision())
                .toList();
        List<BudgetComparison> comparisons = new ArrayList<>();
        exact.stream()
                .filter(law -> BudgetFamily.isByHead(law.setting()))
                .findFirst()
                .ifPresent(law -> exact.stream()
                        .filter(other -> !other.setting().equals(law.setting())
                                && (BudgetFamily.isByHead(other.setting())
                                        || other.setting()
                                                .scorer()
                                                .equals(law.setting().scorer())))
                        .map(other -> of(findings, law, other))
                        .filter(BudgetComparison::sameFootprint)
                        .forEach(comparisons::add));
        return comparisons;
    }

    /** Returns every law beside every fixed budget that was measured under its scorer, the fixed budgets ascending. */
    public static List<BudgetComparison> all(Findings findings) {
        List<MixDivergence> exact = MixDivergence.all(findings).stream()
                .filter(overMix -> overMix.setting().inExactPrecision())
                .toList();
        List<BudgetComparison> comparisons = new ArrayList<>();
        for (MixDivergence law : exact) {
            if (BudgetFamily.grows(law.setting())) {
                exact.stream()
                        .filter(other -> BudgetFamily.isFixed(other.setting())
                                && other.setting().scorer().equals(law.setting().scorer()))
                        .sorted(Comparator.comparingDouble(MixDivergence::footprint))
                        .map(fixed -> of(findings, law, fixed))
                        .forEach(comparisons::add);
            }
        }
        return comparisons;
    }

    private static BudgetComparison of(Findings findings, MixDivergence law, MixDivergence fixed) {
        return new BudgetComparison(
                law, fixed, equalIn(findings, law, fixed), law.meanMinus(fixed), law.worstMinus(fixed));
    }

    public boolean sameFootprint() {
        return equalIn.filter(FOOTPRINT::equals).isPresent();
    }

    private static Optional<String> equalIn(Findings findings, MixDivergence law, MixDivergence fixed) {
        LengthMix mix = LengthMix.of(findings.grid());
        int tokens = fixed.setting().policy().budget().budget(Integer.MAX_VALUE);
        var schedule = law.setting().policy().budget();
        if (law.footprint() / fixed.footprint() < FootprintGroup.EQUAL
                && fixed.footprint() / law.footprint() < FootprintGroup.EQUAL) {
            return Optional.of(FOOTPRINT);
        }
        if (tokens == (int) mix.meanAtEnd(schedule)) {
            return Optional.of("mean at the end of a request");
        }
        return tokens == schedule.budget(mix.longest()) ? Optional.of("end of the longest request") : Optional.empty();
    }
}
