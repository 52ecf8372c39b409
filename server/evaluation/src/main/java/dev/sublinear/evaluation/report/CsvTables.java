package dev.sublinear.evaluation.report;

import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.comparison.HeadGrowth;
import dev.sublinear.evaluation.comparison.KindFidelity;
import dev.sublinear.evaluation.continuation.ContinuationResult;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.List;

/** Findings as CSV, for other programs. */
final class CsvTables {
    private CsvTables() {}

    /** Returns every setting at every length. */
    static String summaries(List<SettingSummary> summaries) {
        return new CsvTable<SettingSummary>()
                .setting(SettingSummary::setting)
                .text("n", SettingSummary::n)
                .number("retained", SettingSummary::retained)
                .number("bytes", SettingSummary::bytes)
                .number("footprint", SettingSummary::footprint)
                .interval("nll_rise", SettingSummary::nll)
                .interval("kl", SettingSummary::kl)
                .number("kl_p95", SettingSummary::klP95)
                .number("kl_p99", SettingSummary::klP99)
                .number("agreement", SettingSummary::agreement)
                .number("mass", SettingSummary::mass)
                .number("mass_p5", SettingSummary::massP5)
                .number("output_error", SettingSummary::error)
                .number("one_set_mass", SettingSummary::oneSetMass)
                .number("per_query_mass", SettingSummary::perQueryMass)
                .write(summaries);
    }

    /** Returns every setting at every length, for all documents and for each kind of them. */
    static String kinds(List<KindFidelity> kinds) {
        return new CsvTable<KindFidelity>()
                .setting(KindFidelity::setting)
                .text("n", KindFidelity::n)
                .text("kind", KindFidelity::kind)
                .text("documents", KindFidelity::documents)
                .number("held", KindFidelity::held)
                .interval("kl", KindFidelity::kl)
                .interval("kl_up_to", KindFidelity::klUpTo)
                .write(kinds);
    }

    /** Returns the growth of every query head. */
    static String heads(List<HeadGrowth> heads) {
        Interval none = new Interval(Double.NaN, Double.NaN, Double.NaN);
        return new CsvTable<HeadGrowth>()
                .text("layer", HeadGrowth::layer)
                .text("head", HeadGrowth::head)
                .number("alpha", HeadGrowth::alpha)
                .interval("exponent", HeadGrowth::exponent)
                .interval("random_weights", head -> head.control().orElse(none))
                .write(heads);
    }

    /** Returns every setting on every probe, the full cache's score first. */
    static String probes(List<ProbeResult> results) {
        return new CsvTable<ProbeResult>()
                .setting(ProbeResult::setting)
                .text("probe", ProbeResult::probe)
                .text("context", ProbeResult::context)
                .text("trials", ProbeResult::trials)
                .interval("full", ProbeResult::full)
                .text("known", ProbeResult::known)
                .interval("recalled", ProbeResult::recalled)
                .write(results);
    }

    /** Returns the continuations of every setting, the full cache's first. */
    static String continuations(List<ContinuationResult> results) {
        return new CsvTable<ContinuationResult>()
                .setting(ContinuationResult::setting)
                .text("context", ContinuationResult::context)
                .text("tokens", ContinuationResult::tokens)
                .interval("full_distinct1", ContinuationResult::fullDistinct1)
                .interval("full_distinct2", ContinuationResult::fullDistinct2)
                .interval("prefix", ContinuationResult::prefix)
                .interval("distinct1", ContinuationResult::distinct1)
                .interval("distinct2", ContinuationResult::distinct2)
                .write(results);
    }

    /** Returns every power law beside every fixed budget under the same scorer. */
    static String comparisons(List<BudgetComparison> comparisons) {
        return new CsvTable<BudgetComparison>()
                .setting(comparison -> comparison.law().setting())
                .text("fixed", comparison -> comparison.fixed().setting().title())
                .text("same", comparison -> comparison.equalIn().orElse(""))
                .number("footprint_share", comparison -> comparison.law().footprintShare())
                .number(
                        "fixed_footprint_share",
                        comparison -> comparison.fixed().footprintShare())
                .interval("kl", comparison -> comparison.law().mean())
                .interval("fixed_kl", comparison -> comparison.fixed().mean())
                .interval("kl_minus_fixed", BudgetComparison::meanDifference)
                .interval("worst_kl", comparison -> comparison.law().worst())
                .interval("fixed_worst_kl", comparison -> comparison.fixed().worst())
                .interval("worst_minus_fixed", BudgetComparison::worstDifference)
                .write(comparisons);
    }
}
