package dev.sublinear.evaluation.report;

import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.continuation.ContinuationResult;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Findings as CSV, for other programs. */
final class CsvTables {
    private static final String SETTING = "precision,budget,scorer,sinks,recent,recent_share,slack";

    private CsvTables() {}

    /** Every setting at every length. */
    static String summaries(List<SettingSummary> summaries) {
        return table(
                "n,retained,bytes,footprint,nll_rise,nll_rise_low,nll_rise_high,kl,kl_low,kl_high,kl_p95,kl_p99,agreement,"
                        + "mass,mass_p5,output_error,one_set_mass,per_query_mass",
                summaries.stream()
                        .map(summary -> row(
                                summary.setting(),
                                summary.n(),
                                summary.retained(),
                                summary.bytes(),
                                summary.footprint(),
                                summary.nll(),
                                summary.kl(),
                                summary.klP95(),
                                summary.klP99(),
                                summary.agreement(),
                                summary.mass(),
                                summary.massP5(),
                                summary.error(),
                                summary.oneSetMass(),
                                summary.perQueryMass())));
    }

    /** Every setting on every probe, what the full cache can do first. */
    static String probes(List<ProbeResult> results) {
        return table(
                "probe,context,trials,full,full_low,full_high,score,score_low,score_high,normalised",
                results.stream()
                        .map(one -> row(
                                one.setting(),
                                one.probe(),
                                one.context(),
                                one.trials(),
                                one.full(),
                                one.score(),
                                one.normalised())));
    }

    /** Every setting that has written on by itself. */
    static String continuations(List<ContinuationResult> results) {
        return table(
                "context,tokens,full_distinct1,full_distinct1_low,full_distinct1_high,full_distinct2,full_distinct2_low,"
                        + "full_distinct2_high,prefix,prefix_low,prefix_high,distinct1,distinct1_low,distinct1_high,distinct2,"
                        + "distinct2_low,distinct2_high",
                results.stream()
                        .map(one -> row(
                                one.setting(),
                                one.context(),
                                one.tokens(),
                                one.fullDistinct1(),
                                one.fullDistinct2(),
                                one.prefix(),
                                one.distinct1(),
                                one.distinct2())));
    }

    /** Every power law against every fixed budget of the same scorer. */
    static String comparisons(List<BudgetComparison> comparisons) {
        return table(
                "fixed,same,footprint_share,fixed_footprint_share,kl,kl_low,kl_high,fixed_kl,fixed_kl_low,fixed_kl_high,"
                        + "kl_minus_fixed,kl_minus_fixed_low,kl_minus_fixed_high,worst_kl,worst_kl_low,worst_kl_high,fixed_worst_kl,"
                        + "fixed_worst_kl_low,fixed_worst_kl_high,worst_minus_fixed,worst_minus_fixed_low,worst_minus_fixed_high",
                comparisons.stream()
                        .map(comparison -> row(
                                comparison.law().setting(),
                                comparison.fixed().setting().budget(),
                                comparison.equalIn().orElse(""),
                                comparison.law().footprintShare(),
                                comparison.fixed().footprintShare(),
                                comparison.law().mean(),
                                comparison.fixed().mean(),
                                comparison.meanDifference(),
                                comparison.law().worst(),
                                comparison.fixed().worst(),
                                comparison.worstDifference())));
    }

    private static String table(String columns, Stream<String> rows) {
        return Stream.concat(Stream.of(SETTING + "," + columns), rows).collect(Collectors.joining("\n", "", "\n"));
    }

    private static String row(Setting setting, Object... values) {
        Stream<Object> own = Stream.of(
                setting.precision(),
                setting.budget(),
                setting.scorer(),
                setting.sinks(),
                setting.recent(),
                setting.recentShare(),
                setting.slack());
        return Stream.concat(own, Stream.of(values).flatMap(CsvTables::cells))
                .map(value -> value instanceof Double number ? String.format(Locale.ROOT, "%.6g", number) : value)
                .map(value -> quoted(String.valueOf(value)))
                .collect(Collectors.joining(","));
    }

    private static String quoted(String cell) {
        return cell.contains(",") || cell.contains(":") ? "\"" + cell + "\"" : cell;
    }

    /** An interval takes three cells. */
    private static Stream<Object> cells(Object value) {
        return value instanceof Interval interval
                ? Stream.of(interval.mean(), interval.low(), interval.high())
                : Stream.of(value);
    }
}
