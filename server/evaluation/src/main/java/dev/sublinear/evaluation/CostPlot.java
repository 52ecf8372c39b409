package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plots.Plot;
import dev.sublinear.evaluation.bench.Measurement;
import dev.sublinear.evaluation.plot.Chart;
import dev.sublinear.evaluation.plot.Scale;
import dev.sublinear.evaluation.plot.Series;
import dev.sublinear.evaluation.plot.Series.Kind;
import dev.sublinear.evaluation.plot.Series.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** F: bytes and time over n. */
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
        List<Integer> lengths = new Grid(findings.plan().length()).lengths();
        List<Point> full = new ArrayList<>();
        for (int i = 0; i < lengths.size(); i++) {
            full.add(new Point(lengths.get(i), findings.uncutBytes().get(i) / 1e6));
        }
        bytes.add(new Series("unlimited", Kind.MEASURED, Rule.colour("unlimited"), full));
        List<Level> levels = Level.all(findings);
        for (Setting setting :
                levels.isEmpty() ? List.<Setting>of() : levels.get(0).settings()) {
            String rule = Rule.of(setting);
            bytes.add(
                    Lines.of(findings, setting, rule, Rule.colour(rule), 0, at -> new Point(at.n(), at.bytes() / 1e6)));
        }
        Map<String, List<Point>> times = new LinkedHashMap<>();
        for (Measurement measurement : findings.speed()) {
            times.computeIfAbsent(measurement.budget(), budget -> new ArrayList<>())
                    .add(new Point(measurement.context(), measurement.decodeMillisPerToken()));
        }
        List<Series> speed = new ArrayList<>();
        times.forEach((budget, points) ->
                speed.add(new Series(Rule.of(budget), Kind.MEASURED, Rule.colour(Rule.of(budget)), points)));
        return List.of(
                new Chart("Memory", "tokens seen, n", "megabytes", Scale.DOUBLINGS, Scale.LINEAR, bytes),
                new Chart("Time", "tokens of context", "ms for a decoded token", Scale.DOUBLINGS, Scale.LINEAR, speed));
    }
}
