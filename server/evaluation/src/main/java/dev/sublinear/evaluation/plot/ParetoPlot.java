package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.comparison.MixDivergence;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** C: divergence against footprint over a mix of lengths, a line for each family of budgets, a panel for each scorer. */
final class ParetoPlot implements Plot {

    @Override
    public String title() {
        return "C. What does memory buy?";
    }

    @Override
    public String caption(Findings findings) {
        return "Requests of 256, 512 ... tokens, each as likely as the other. Across: the share of the full cache's footprint "
                + "(tokens held, summed over all steps). Up: mean KL in the second half of a request. Lower and further left is better; "
                + "at one abscissa all rules hold the same. A rule that was measured once is a point.";
    }

    @Override
    public List<Chart> panels(Findings findings) {
        Map<String, Map<String, List<MixDivergence>>> byScorer = new LinkedHashMap<>();
        for (MixDivergence overMix : MixDivergence.all(findings)) {
            if (overMix.setting().inExactPrecision()) {
                byScorer.computeIfAbsent(overMix.setting().scorer(), scorer -> new LinkedHashMap<>())
                        .computeIfAbsent(BudgetFamily.of(overMix.setting()), family -> new ArrayList<>())
                        .add(overMix);
            }
        }
        List<Chart> panels = new ArrayList<>();
        byScorer.forEach((scorer, families) -> {
            List<Series> series = new ArrayList<>();
            families.forEach((family, all) -> {
                series.add(new Series(family, Kind.MEASURED, FamilyColours.of(family), points(all)));
            });
            if (series.stream().anyMatch(one -> one.points().size() > 1)) {
                panels.add(new Chart(
                        "Scorer " + scorer,
                        "footprint, % of the full cache's",
                        "KL, nats, mean of the mix",
                        Scale.LOG,
                        Scale.LOG,
                        series));
            }
        });
        return panels;
    }

    private static List<Point> points(List<MixDivergence> all) {
        return all.stream()
                .sorted(Comparator.comparingDouble(MixDivergence::footprintShare))
                .map(overMix -> {
                    Interval kl = overMix.mean();
                    return new Point(100 * overMix.footprintShare(), kl.mean(), kl.low(), kl.high());
                })
                .toList();
    }
}
