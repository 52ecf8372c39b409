package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.attention.KeysNeeded;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.control.GaussianControl;
import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/** A: the number of keys that a query needs for 1 - ε of its attention, over n. */
final class KeysNeededPlot implements Plot {

    @Override
    public String title() {
        return "A. How many keys does a query need?";
    }

    @Override
    public String caption(Findings findings) {
        return "Median over documents, heads and queries of the least number of keys with 90, 95 and 99 % of the attention; "
                + "the band is the middle half of the heads. Straight lines are powers of n; C is the slope from 256 tokens on. "
                + "Dashed: growth of the guides from the first point of ε = 0.05.";
    }

    @Override
    public List<Chart> panels(Findings findings) {
        List<Chart> panels = new ArrayList<>();
        panels.add(panel("Trained weights", findings.attention()));
        if (!findings.shuffledAttention().isEmpty()) {
            panels.add(panel("Random weights of the same shape", findings.shuffledAttention()));
        }
        List<Series> drawn = new ArrayList<>();
        for (int i = 0; i < GaussianControl.ALL.size(); i++) {
            GaussianControl control = GaussianControl.ALL.get(i);
            List<KeysNeeded> keysNeeded = control.keysNeeded(findings.grid().lengths());
            List<Point> points = keysNeeded.stream()
                    .map(need -> new Point(need.seen(), need.keys95()))
                    .toList();
            double slope = GrowthExponent.typical(
                            List.of(new DocumentAttention(keysNeeded, List.of())), KeysNeeded::keys95)
                    .mean();
            drawn.add(new Series(
                    control.name().replace("Gaussian logits, ", "") + String.format(Locale.ROOT, ", C = %.2f", slope),
                    Kind.MEASURED,
                    i,
                    points));
        }
        panels.add(chart("Gaussian logits, not from a model, ε = 0.05", drawn));
        return panels;
    }

    private static Chart panel(String title, List<DocumentAttention> documents) {
        List<Series> series = new ArrayList<>();
        for (int e = 0; e < KeysNeeded.EPSILONS.size() && !documents.isEmpty(); e++) {
            double epsilon = KeysNeeded.EPSILONS.get(e);
            double slope = GrowthExponent.typical(documents, need -> need.keys(epsilon))
                    .mean();
            series.add(new Series(
                    String.format(Locale.ROOT, "ε = %s, C = %.2f", epsilon, slope),
                    Kind.MEASURED,
                    e,
                    points(documents, epsilon)));
        }
        if (!series.isEmpty()) {
            List<Point> from = series.get(1).points();
            series.add(guide("∝ log n", from, Math::log));
            series.add(guide("∝ √n", from, Math::sqrt));
            series.add(guide("∝ n", from, n -> n));
        }
        return chart(title, series);
    }

    private static Chart chart(String title, List<Series> series) {
        return new Chart(
                title, "tokens seen, n", "keys with 1 − ε of the attention", Scale.DOUBLINGS, Scale.LOG, series);
    }

    private static List<Point> points(List<DocumentAttention> documents, double epsilon) {
        TreeMap<Integer, List<Double>> keys = new TreeMap<>();
        documents.forEach(document -> document.keysNeeded()
                .forEach(need -> keys.computeIfAbsent(need.seen(), n -> new ArrayList<>())
                        .add(need.keys(epsilon))));
        List<Point> points = new ArrayList<>();
        keys.forEach((n, all) -> {
            double[] sorted = all.stream().mapToDouble(x -> x).sorted().toArray();
            points.add(new Point(
                    n,
                    Quantiles.quantile(sorted, 0.5),
                    Quantiles.quantile(sorted, 0.25),
                    Quantiles.quantile(sorted, 0.75)));
        });
        return points;
    }

    /** Returns a growth that passes through the first of some points, at the abscissas of all of them. */
    private static Series guide(String name, List<Point> from, DoubleUnaryOperator growth) {
        Point first = from.get(0);
        return new Series(
                name,
                Kind.GUIDE,
                0,
                from.stream()
                        .map(point -> new Point(
                                point.x(),
                                first.y() * growth.applyAsDouble(point.x()) / growth.applyAsDouble(first.x())))
                        .toList());
    }
}
