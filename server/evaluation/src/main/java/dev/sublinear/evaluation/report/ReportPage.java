package dev.sublinear.evaluation.report;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.continuation.ContinuationResult;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.plot.Plot;
import dev.sublinear.evaluation.plot.Plots;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Findings as one page that needs nothing else: verdicts, plots, tables, method. */
final class ReportPage {
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
            h1 { font-size: 1.6em; } h2 { font-size: 1.25em; margin-top: 2em; border-bottom: 1px solid #ddd; }
            table { border-collapse: collapse; font-size: 13px; margin: 1em 0; }
            th, td { padding: 2px 9px; text-align: right; border-bottom: 1px solid #eee; white-space: nowrap; }
            th:first-child, td:first-child, th:nth-child(2), td:nth-child(2) { text-align: left; }
            .panels { display: flex; flex-wrap: wrap; gap: 8px; } .panels svg { max-width: 100%; height: auto; }
            .caption { color: #444; max-width: 75em; } .claim { border-left: 4px solid #0072B2; padding-left: 12px; margin: 1em 0; }
            .verdict { font-weight: 600; } li { margin: 2px 0; } .wide { overflow-x: auto; } code { font-size: 90%; }
            """;

    private final Findings findings;
    private final StringBuilder page = new StringBuilder();

    private ReportPage(Findings findings) {
        this.findings = findings;
    }

    static String of(Findings findings) {
        return new ReportPage(findings).write();
    }

    private String write() {
        page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<title>What pruning costs</title><style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>What pruning costs: ")
                .append(escaped(findings.model()))
                .append("</h1>\n");
        paragraph(String.format(
                Locale.ROOT,
                "%d documents of %,d tokens, read with the full cache and, token for token the same, under %d settings. Checkpoint "
                        + "%s…, seeds: bootstrap %d, probes and controls fixed in the program; the same command gives the same numbers.",
                findings.documents().size(),
                findings.plan().length(),
                findings.plan().settings().size(),
                findings.fingerprint().substring(0, 12),
                Bootstrap.SEED));
        claims();
        Plots.ALL.forEach(this::plot);
        comparisons();
        probes();
        generation();
        heading("All settings");
        paragraph(
                "KL and the rise of the cost of the true token (ΔNLL) in nats, means over the positions after n/2 to n tokens, "
                        + "in brackets 95 % bootstrap intervals over documents (ΔNLL is paired by construction). Kept attention and "
                        + "output error are of the 32 queries before n.");
        Stream.concat(
                        Stream.of(findings.plan().length() / 4),
                        Stream.of(findings.plan().length()))
                .forEach(this::table);
        method();
        return page.append("</body></html>\n").toString();
    }

    private void claims() {
        heading("The three claims of arXiv 2404.02690, here");
        for (PaperClaims.Claim claim : new PaperClaims(findings).all()) {
            page.append("<div class=\"claim\"><div>")
                    .append(escaped(claim.statement()))
                    .append("</div><div class=\"verdict\">")
                    .append(escaped(claim.verdict()))
                    .append("</div><ul>");
            claim.evidence()
                    .forEach(line -> page.append("<li>").append(escaped(line)).append("</li>"));
            page.append("</ul></div>\n");
        }
        paragraph(
                "A finite n can be consistent with an asymptotic statement or speak against it; it cannot prove it. The paper gives "
                        + "neither α nor C for a model: those here are measured on this one, and the thresholds are ours.");
    }

    private void plot(Plot plot) {
        heading(plot.title());
        page.append("<div class=\"panels\">\n");
        plot.panels(findings).forEach(panel -> page.append(panel.svg()));
        page.append("</div>\n<p class=\"caption\">")
                .append(escaped(plot.caption(findings)))
                .append("</p>\n");
    }

    private void probes() {
        heading("What is remembered");
        if (findings.probes().isEmpty()) {
            paragraph("Not measured.");
            return;
        }
        paragraph(String.format(
                Locale.ROOT,
                "Right answers, %d trials each, after %,d tokens; the question comes when all evictions so far knew nothing of it. "
                        + "The first line is what the full cache can do, with 95 %% intervals: a model that does not remember cannot show "
                        + "what forgetting costs. The others: the share of that which is left, then right answers with their interval. "
                        + "A pinned instruction is among the tokens that the policy is told to keep.",
                findings.plan().trials(),
                findings.plan().probeContext()));
        List<String> probes =
                findings.probes().stream().map(ProbeResult::probe).distinct().toList();
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("unlimited", "", probes, this::ceiling));
        findings.probes().stream()
                .map(ProbeResult::setting)
                .distinct()
                .forEach(setting ->
                        rows.add(row(setting.budget(), scorer(setting), probes, probe -> score(probe, setting))));
        table(row("budget", "scorer", probes, probe -> probe), rows);
    }

    private static List<String> row(String budget, String scorer, List<String> probes, UnaryOperator<String> cell) {
        return Stream.concat(Stream.of(budget, scorer), probes.stream().map(cell))
                .toList();
    }

    private String ceiling(String probe) {
        return findings.probes().stream()
                .filter(one -> one.probe().equals(probe))
                .findFirst()
                .map(one -> percent(one.full()))
                .orElseThrow();
    }

    private String score(String probe, Setting setting) {
        return findings.probes().stream()
                .filter(one -> one.probe().equals(probe) && one.setting().equals(setting))
                .findFirst()
                .map(one -> normalised(one) + ": " + percent(one.score()))
                .orElse("no room");
    }

    private static String normalised(ProbeResult one) {
        return Double.isFinite(one.normalised()) ? String.format(Locale.ROOT, "%.2f", one.normalised()) : "–";
    }

    private void generation() {
        heading("Writing on by itself");
        if (findings.continuations().isEmpty()) {
            paragraph("Not measured.");
            return;
        }
        ContinuationResult first = findings.continuations().get(0);
        paragraph(String.format(
                Locale.ROOT,
                "After the first %,d tokens of each document, %d more, the likeliest each time. Same beginning: tokens until the first "
                        + "that differs from what the full cache writes. distinct-n: the share of runs of n tokens that are different "
                        + "ones; a text that goes round in circles has few. In brackets 95 %% intervals over documents.",
                first.context(),
                first.tokens()));
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "unlimited",
                "",
                Integer.toString(first.tokens()),
                first.fullDistinct1().text(2),
                first.fullDistinct2().text(2)));
        findings.continuations()
                .forEach(one -> rows.add(List.of(
                        one.setting().budget(),
                        scorer(one.setting()),
                        one.prefix().text(1),
                        one.distinct1().text(2),
                        one.distinct2().text(2))));
        table(List.of("budget", "scorer", "same beginning", "distinct-1", "distinct-2"), rows);
    }

    /** Claim 3 against all fixed budgets of the scorer that is in force. */
    private void comparisons() {
        String scorer = findings.plan().settings().get(0).scorer();
        List<BudgetComparison> comparisons = BudgetComparison.all(findings).stream()
                .filter(comparison -> comparison.law().setting().scorer().equals(scorer))
                .toList();
        if (comparisons.isEmpty()) {
            return;
        }
        heading("Each power law against each fixed budget");
        paragraph(
                "Scorer " + scorer
                        + ", requests of 256, 512 ... tokens, each as likely as the other. Differences are KL of the law "
                        + "minus KL of the fixed budget, nats, paired by document: below zero the law is better. Share: of the full cache's "
                        + "footprint. A fixed budget with a larger share has more memory to be better with; at the same footprint neither has.");
        table(
                List.of(
                        "power law",
                        "fixed budget",
                        "the same",
                        "share of the law",
                        "of the fixed",
                        "mean KL of the law",
                        "of the fixed",
                        "difference",
                        "worst length, law",
                        "fixed",
                        "difference"),
                comparisons.stream()
                        .map(comparison -> List.of(
                                comparison.law().setting().budget(),
                                comparison.fixed().setting().budget(),
                                comparison.equalIn().orElse(""),
                                String.format(
                                        Locale.ROOT,
                                        "%.0f %%",
                                        100 * comparison.law().footprintShare()),
                                String.format(
                                        Locale.ROOT,
                                        "%.0f %%",
                                        100 * comparison.fixed().footprintShare()),
                                String.format(
                                        Locale.ROOT,
                                        "%.4f",
                                        comparison.law().mean().mean()),
                                String.format(
                                        Locale.ROOT,
                                        "%.4f",
                                        comparison.fixed().mean().mean()),
                                comparison.meanDifference().signed(4),
                                String.format(
                                        Locale.ROOT,
                                        "%.4f",
                                        comparison.law().worst().mean()),
                                String.format(
                                        Locale.ROOT,
                                        "%.4f",
                                        comparison.fixed().worst().mean()),
                                comparison.worstDifference().signed(4)))
                        .toList());
    }

    private static String percent(Interval share) {
        return String.format(
                Locale.ROOT, "%.0f %% [%.0f, %.0f]", 100 * share.mean(), 100 * share.low(), 100 * share.high());
    }

    private void table(int n) {
        List<SettingSummary> rows = findings.at(n);
        if (rows.isEmpty()) {
            return;
        }
        int index = findings.grid().lengths().indexOf(n);
        page.append(String.format(Locale.ROOT, "<h3>After %,d tokens</h3>%n", n));
        table(
                List.of(
                        "budget",
                        "scorer",
                        "kept",
                        "bytes",
                        "KL",
                        "p95",
                        "p99",
                        "ΔNLL",
                        "same top",
                        "attention",
                        "output error"),
                rows.stream()
                        .map(row -> List.of(
                                row.setting().budget(),
                                scorer(row.setting()),
                                String.format(Locale.ROOT, "%,.0f", row.retained()),
                                String.format(
                                        Locale.ROOT,
                                        "%.0f %%",
                                        100
                                                * row.bytes()
                                                / findings.fullCacheBytes().get(index)),
                                row.kl().text(4),
                                String.format(Locale.ROOT, "%.3f", row.klP95()),
                                String.format(Locale.ROOT, "%.3f", row.klP99()),
                                row.nll().signed(4),
                                String.format(Locale.ROOT, "%.1f %%", 100 * row.agreement()),
                                String.format(Locale.ROOT, "%.2f", row.mass()),
                                String.format(Locale.ROOT, "%.2f", row.error())))
                        .toList());
    }

    private static String scorer(Setting setting) {
        return setting.scorer() + (setting.inExactPrecision() ? "" : ", " + setting.precision());
    }

    private void table(List<String> header, List<List<String>> rows) {
        page.append("<div class=\"wide\"><table><tr>")
                .append(header.stream()
                        .map(cell -> "<th>" + escaped(cell) + "</th>")
                        .collect(Collectors.joining()))
                .append("</tr>\n");
        rows.forEach(row -> page.append("<tr>")
                .append(IntStream.range(0, row.size())
                        .mapToObj(i -> "<td>" + escaped(row.get(i)) + "</td>")
                        .collect(Collectors.joining()))
                .append("</tr>\n"));
        page.append("</table></div>\n");
    }

    private void method() {
        heading("Method, and what to beware of");
        page.append("<ul>");
        for (String line : List.of(
                "Teacher forcing: every setting reads the same tokens; the reference is the full cache in f32. A setting sees no token "
                        + "before its turn, so all but the oracles is causal.",
                "Pins, recent share, slack and the moments of trimming are the same for all settings that are compared, and inside the "
                        + "budget: " + protection() + ".",
                "Per-query top-k is not eviction: a cache holds one set for all queries to come and gets nothing back. Plot E shows the "
                        + "distance.",
                "A row of attention sums to one, so that few entries are large says nearly nothing; mass and output error are what is "
                        + "reported. The error of the output is τ·‖μ_tail − μ_head‖ exactly; a test holds it to that.",
                "For independent Gaussian logits of fixed spread n^C is not enough: the keys needed grow linearly in the end, however "
                        + "small the slope looks at a few thousand tokens (plot A, right). So an exponent below one at these n is evidence, no proof.",
                "Error at n is over the second half of a context of n tokens, and each length is a prefix of the same documents, so "
                        + "the points of a curve are not independent.",
                "The documents come from few books: intervals over documents say how much other pieces of these books would differ, not "
                        + "other books.",
                "Nothing is claimed beyond the lengths that were read, nor for another model or kind of text.")) {
            page.append("<li>").append(escaped(line)).append("</li>\n");
        }
        page.append("</ul>\n");
        paragraph("Documents: " + String.join(", ", findings.documents()) + ".");
    }

    private String protection() {
        return findings.plan().settings().stream()
                .map(setting -> String.format(
                        Locale.ROOT,
                        "%d sinks, the newest max(%d, %s of the budget), slack %d",
                        setting.sinks(),
                        setting.recent(),
                        setting.recentShare(),
                        setting.slack()))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private void heading(String text) {
        page.append("<h2>").append(escaped(text)).append("</h2>\n");
    }

    private void paragraph(String text) {
        page.append("<p>").append(escaped(text)).append("</p>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
