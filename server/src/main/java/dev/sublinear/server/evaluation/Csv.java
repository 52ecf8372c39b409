package dev.sublinear.server.evaluation;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Summaries as a table for other programs. */
final class Csv {
    private static final List<String> COLUMNS = List.of(
            "precision",
            "budget",
            "scorer",
            "sinks",
            "recent",
            "recent_share",
            "slack",
            "n",
            "retained",
            "bytes",
            "footprint",
            "nll_rise",
            "nll_rise_low",
            "nll_rise_high",
            "kl",
            "kl_low",
            "kl_high",
            "kl_p95",
            "kl_p99",
            "agreement",
            "mass",
            "mass_p5",
            "output_error",
            "one_set_mass",
            "per_query_mass");

    private Csv() {}

    static String of(List<Summary> summaries) {
        return Stream.concat(
                        Stream.of(String.join(",", COLUMNS)), summaries.stream().map(Csv::line))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private static String line(Summary summary) {
        Setting setting = summary.setting();
        Stream<Object> values = Stream.of(
                setting.precision(),
                "\"" + setting.budget() + "\"",
                setting.scorer(),
                setting.sinks(),
                setting.recent(),
                setting.recentShare(),
                setting.slack(),
                summary.n(),
                summary.retained(),
                summary.bytes(),
                summary.footprint(),
                summary.nll().mean(),
                summary.nll().low(),
                summary.nll().high(),
                summary.kl().mean(),
                summary.kl().low(),
                summary.kl().high(),
                summary.klP95(),
                summary.klP99(),
                summary.agreement(),
                summary.mass(),
                summary.massP5(),
                summary.error(),
                summary.oneSetMass(),
                summary.perQueryMass());
        return values.map(value -> value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : value)
                .map(String::valueOf)
                .collect(Collectors.joining(","));
    }
}
