package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plots.Plot;
import dev.sublinear.evaluation.plot.Chart;
import dev.sublinear.evaluation.plot.Scale;
import dev.sublinear.evaluation.plot.Series;
import dev.sublinear.evaluation.plot.Series.Kind;
import dev.sublinear.evaluation.plot.Series.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** C: error against footprint over a mix of lengths, a line for each rule, a panel for each scorer. */
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
        Map<String, Map<String, List<Mixed>>> byScorer = new LinkedHashMap<>();
        for (Mixed mixed : Mixed.all(findings)) {
            if (mixed.setting().precision().equals(Models.EXACT)) {
                byScorer.computeIfAbsent(mixed.setting().scorer(), scorer -> new LinkedHashMap<>())
                        .computeIfAbsent(Rule.of(mixed.setting()), rule -> new ArrayList<>())
                        .add(mixed);
            }
        }
        List<Chart> panels = new ArrayList<>();
        byScorer.forEach((scorer, rules) -> {
            List<Series> series = new ArrayList<>();
            rules.forEach((rule, all) -> {
                series.add(new Series(rule, Kind.MEASURED, Rule.colour(rule), points(all)));
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

    private static List<Point> points(List<Mixed> all) {
        return all.stream()
                .sorted(Comparator.comparingDouble(Mixed::footprintShare))
                .map(mixed -> {
                    Interval kl = mixed.mean();
                    return new Point(100 * mixed.footprintShare(), kl.mean(), kl.low(), kl.high());
                })
                .toList();
    }
}
