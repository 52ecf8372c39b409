package dev.sublinear.evaluation;

import dev.sublinear.evaluation.plot.Series;
import dev.sublinear.evaluation.plot.Series.Kind;
import dev.sublinear.evaluation.plot.Series.Point;
import java.util.function.Function;

/** Summaries of one setting as a line over n. */
final class Lines {
    private Lines() {}

    /** Divergence with its interval, from n = {@code from} on. */
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

    static Series of(
            Findings findings, Setting setting, String name, int colour, int from, Function<Summary, Point> point) {
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
