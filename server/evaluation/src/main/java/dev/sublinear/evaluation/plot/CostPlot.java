package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.bench.Measurement;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.comparison.FootprintGroup;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** F: bytes of the cache and time of a decoded token, over n. */
final class CostPlot implements Plot {

    @Override
    public String title() {
        return "F. What does it save?";
    }

    @Override
    public String caption(Findings findings) {
        return "The budgets of the first panel of D. Left: bytes of the cache's tensors as they are, slack and the scorer's state included. Right: milliseconds for a "
                + "decoded token"
                + (findings.speed().isEmpty()
                        ? ", which this run did not measure (run again with --parts speed on a quiet machine)."
                        : ", the median of interleaved rounds on one thread: ratios between lines mean something, absolute times little.");
    }

    @Override
    public List<Chart> panels(Findings findings) {
        List<Series> bytes = new ArrayList<>();
        List<Integer> lengths = findings.grid().lengths();
        List<Point> full = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            full.add(new Point(lengths.get(i), findings.fullCacheBytes().get(i) / 1e6));
        }
        bytes.add(new Series("unlimited", Kind.MEASURED, FamilyColours.of("unlimited"), full));
        List<FootprintGroup> groups = FootprintGroup.all(findings);
        for (Setting setting :
                groups.isEmpty() ? List.<Setting>of() : groups.get(0).settings()) {
            String family = BudgetFamily.of(setting);
            bytes.add(SettingSeries.of(
                    findings, setting, family, FamilyColours.of(family), 0, at -> new Point(at.n(), at.bytes() / 1e6)));
        }
        Map<String, List<Point>> times = new LinkedHashMap<>();
        for (Measurement measurement : findings.speed()) {
            times.computeIfAbsent(measurement.budget(), budget -> new ArrayList<>())
                    .add(new Point(measurement.context(), measurement.decodeMillisPerToken()));
        }
        List<Series> speed = new ArrayList<>();
        times.forEach((budget, points) -> speed.add(
                new Series(BudgetFamily.of(budget), Kind.MEASURED, FamilyColours.of(BudgetFamily.of(budget)), points)));
        return List.of(
                new Chart("Memory", "tokens seen, n", "megabytes", Scale.DOUBLINGS, Scale.LINEAR, bytes),
                new Chart("Time", "tokens of context", "ms for a decoded token", Scale.DOUBLINGS, Scale.LINEAR, speed));
    }
}
