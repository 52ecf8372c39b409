package dev.sublinear.evaluation.comparison;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the keys that one query head needs for 95 % of its attention grow: as α·n^C.
 *
 * @param exponent C
 * @param control the same head's with random weights of the same shape, where that was measured
 */
public record HeadGrowth(int layer, int head, double alpha, Interval exponent, Optional<Interval> control) {
    private static final double EPSILON = 0.05;

    /** Returns all heads, layer by layer. */
    public static List<HeadGrowth> all(Findings findings) {
        if (findings.attention().isEmpty()) {
            return List.of();
        }
        List<GrowthExponent.Head> controls = findings.shuffledAttention().isEmpty()
                ? List.of()
                : GrowthExponent.heads(findings.shuffledAttention(), EPSILON);
        List<HeadGrowth> all = new ArrayList<>();
        for (GrowthExponent.Head head : GrowthExponent.heads(findings.attention(), EPSILON)) {
            Optional<Interval> control = controls.stream()
                    .filter(other -> other.layer() == head.layer() && other.head() == head.head())
                    .map(GrowthExponent.Head::exponent)
                    .findFirst();
            all.add(new HeadGrowth(head.layer(), head.head(), head.alpha(), head.exponent(), control));
        }
        return all;
    }
}
