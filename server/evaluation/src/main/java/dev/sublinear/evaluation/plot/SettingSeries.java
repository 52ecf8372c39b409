package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.Setting;
import java.util.function.Function;

/** Draws the summaries of one setting as a line over n. */
final class SettingSeries {
    private SettingSeries() {}

    /** Returns the KL divergence with its interval, from n = {@code from} on. */
    static Series kl(Findings findings, Setting setting, String name, int colour, int from) {
        return of(
                findings,
                setting,
                name,
                colour,
                from,
                summary -> new Point(
                        summary.n(),
                        summary.kl().mean(),
                        summary.kl().low(),
                        summary.kl().high()));
    }

    /** Returns any quantity, from n = {@code from} on. */
    static Series of(
            Findings findings,
            Setting setting,
            String name,
            int colour,
            int from,
            Function<SettingSummary, Point> point) {
        return new Series(
                name,
                Kind.MEASURED,
                colour,
                findings.summaries().stream()
                        .filter(summary -> summary.setting().equals(setting) && summary.n() >= from)
                        .map(point)
                        .toList());
    }
}
