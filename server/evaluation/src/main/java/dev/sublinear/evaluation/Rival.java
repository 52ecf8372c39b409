package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A power law against one fixed budget of the same scorer, over the {@link Mix} of lengths. Negative differences are in
 * favour of the law; they are paired by document.
 *
 * @param match in what the two are equal; empty if in nothing
 */
record Rival(Mixed law, Mixed fixed, Optional<String> match, Interval meanMinus, Interval worstMinus) {
    private static final double NEAR = 1.015;

    /** Every law against every fixed budget that was measured with its scorer, the fixed ascending. */
    static List<Rival> all(Findings findings) {
        List<Mixed> exact = Mixed.all(findings).stream()
                .filter(mixed -> mixed.setting().precision().equals(Models.EXACT))
                .toList();
        List<Rival> rivals = new ArrayList<>();
        for (Mixed law : exact) {
            if (Rule.of(law.setting()).startsWith("n^")) {
                exact.stream()
                        .filter(other -> Rule.of(other.setting()).equals("fixed")
                                && other.setting().scorer().equals(law.setting().scorer()))
                        .sorted(Comparator.comparingDouble(Mixed::footprint))
                        .map(fixed -> of(findings, law, fixed))
                        .forEach(rivals::add);
            }
        }
        return rivals;
    }

    private static Rival of(Findings findings, Mixed law, Mixed fixed) {
        return new Rival(law, fixed, match(findings, law, fixed), law.meanMinus(fixed), law.worstMinus(fixed));
    }

    boolean sameFootprint() {
        return match.filter("footprint"::equals).isPresent();
    }

    private static Optional<String> match(Findings findings, Mixed law, Mixed fixed) {
        Mix mix = Mix.of(new Grid(findings.plan().length()));
        int longest = mix.lengths().get(mix.lengths().size() - 1);
        int tokens = fixed.setting().policy().budget().budget(Integer.MAX_VALUE);
        var schedule = law.setting().policy().budget();
        if (law.footprint() / fixed.footprint() < NEAR && fixed.footprint() / law.footprint() < NEAR) {
            return Optional.of("footprint");
        }
        if (tokens == (int) mix.meanAtEnd(schedule)) {
            return Optional.of("mean at the end of a request");
        }
        return tokens == schedule.budget(longest) ? Optional.of("end of the longest request") : Optional.empty();
    }
}
