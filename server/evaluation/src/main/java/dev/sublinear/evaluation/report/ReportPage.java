package dev.sublinear.evaluation.report;

import com.samskivert.mustache.DefaultCollector;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.comparison.KindFidelity;
import dev.sublinear.evaluation.continuation.ContinuationResult;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.plot.Plots;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Findings as one HTML page that needs no other file. The text is in {@code report.mustache}, whose variables are the methods of this
 * class; the template escapes them.
 */
final class ReportPage {
    private static final Template TEMPLATE = Mustache.compiler()
            .withCollector(new Optionals())
            .withLoader(ReportPage::resource)
            .compile(resource("report"));

    /** Lets a section of the template have an {@link Optional} as it may have a list. */
    private static final class Optionals extends DefaultCollector {
        @Override
        public @Nullable Iterator<?> toIterator(Object value) {
            return value instanceof Optional<?> optional ? optional.stream().iterator() : super.toIterator(value);
        }
    }

    /** A context length at which divergence is told by kind, besides the longest, in tokens. */
    private static final int MIDDLE = 2048;

    private final Findings findings;

    private ReportPage(Findings findings) {
        this.findings = findings;
    }

    static String of(Findings findings) {
        return TEMPLATE.execute(new ReportPage(findings));
    }

    private static Reader resource(String name) {
        InputStream text = ReportPage.class.getResourceAsStream(name + ".mustache");
        if (text == null) {
            throw new IllegalStateException("resource " + name + ".mustache is missing");
        }
        return new InputStreamReader(text, StandardCharsets.UTF_8);
    }

    /** A table, its cells in order. */
    record Table(List<String> header, List<List<String>> rows) {}

    String model() {
        return findings.model();
    }

    int documentCount() {
        return findings.documents().size();
    }

    String documentNames() {
        return String.join(", ", findings.documents());
    }

    String length() {
        return grouped(findings.plan().length());
    }

    int settingCount() {
        return findings.plan().settings().size();
    }

    String fingerprint() {
        return findings.fingerprint().substring(0, 12);
    }

    long bootstrapSeed() {
        return Bootstrap.SEED;
    }

    List<PaperClaims.Claim> claims() {
        return new PaperClaims(findings).all();
    }

    /** A plot with its panels as SVG. */
    record PlotSection(String title, List<String> panels, String caption) {}

    List<PlotSection> plots() {
        return Plots.ALL.stream()
                .map(plot -> new PlotSection(
                        plot.title(),
                        plot.panels(findings).stream().map(panel -> panel.svg()).toList(),
                        plot.caption(findings)))
                .toList();
    }

    /** Power laws beside fixed budgets under one scorer. */
    record ComparisonSection(String scorer, Table table) {}

    /** The comparisons under the scorer of the first setting, which is the configured one. */
    Optional<ComparisonSection> comparisons() {
        String scorer = findings.plan().settings().get(0).scorer();
        List<List<String>> rows = BudgetComparison.all(findings).stream()
                .filter(comparison -> comparison.law().setting().scorer().equals(scorer))
                .map(ReportPage::comparison)
                .toList();
        List<String> header = List.of(
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
                "difference");
        return rows.isEmpty() ? Optional.empty() : Optional.of(new ComparisonSection(scorer, new Table(header, rows)));
    }

    private static List<String> comparison(BudgetComparison comparison) {
        return List.of(
                comparison.law().setting().title(),
                comparison.fixed().setting().title(),
                comparison.equalIn().orElse(""),
                text("%.0f %%", 100 * comparison.law().footprintShare()),
                text("%.0f %%", 100 * comparison.fixed().footprintShare()),
                text("%.4f", comparison.law().mean().mean()),
                text("%.4f", comparison.fixed().mean().mean()),
                comparison.meanDifference().signed(4),
                text("%.4f", comparison.law().worst().mean()),
                text("%.4f", comparison.fixed().worst().mean()),
                comparison.worstDifference().signed(4));
    }

    /** A column for each probe, a line for each setting. */
    record ProbeSection(int trials, String context, Table table) {}

    Optional<ProbeSection> probes() {
        if (findings.probes().isEmpty()) {
            return Optional.empty();
        }
        List<String> probes =
                findings.probes().stream().map(ProbeResult::probe).distinct().toList();
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("unlimited", "", probes, this::fullCacheScore));
        findings.probes().stream()
                .map(ProbeResult::setting)
                .distinct()
                .forEach(setting ->
                        rows.add(row(setting.title(), scorer(setting), probes, probe -> score(probe, setting))));
        return Optional.of(new ProbeSection(
                findings.plan().trials(),
                grouped(findings.plan().probeContext()),
                new Table(row("budget", "scorer", probes, probe -> probe), rows)));
    }

    private static List<String> row(String budget, String scorer, List<String> probes, UnaryOperator<String> cell) {
        return Stream.concat(Stream.of(budget, scorer), probes.stream().map(cell))
                .toList();
    }

    private String fullCacheScore(String probe) {
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
                .filter(one -> one.known() > 0)
                .map(one -> percent(one.recalled()) + " of " + one.known())
                .orElse("–");
    }

    /** A line for each setting. */
    record ContinuationSection(String context, int tokens, Table table) {}

    Optional<ContinuationSection> continuations() {
        if (findings.continuations().isEmpty()) {
            return Optional.empty();
        }
        ContinuationResult first = findings.continuations().get(0);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "unlimited",
                "",
                Integer.toString(first.tokens()),
                first.fullDistinct1().text(2),
                first.fullDistinct2().text(2)));
        for (ContinuationResult one : findings.continuations()) {
            rows.add(List.of(
                    one.setting().title(),
                    scorer(one.setting()),
                    one.prefix().text(1),
                    one.distinct1().text(2),
                    one.distinct2().text(2)));
        }
        List<String> header = List.of("budget", "scorer", "same beginning", "distinct-1", "distinct-2");
        return Optional.of(new ContinuationSection(grouped(first.context()), first.tokens(), new Table(header, rows)));
    }

    /** All settings at one context length. */
    record LengthSection(String n, Table table) {}

    List<LengthSection> lengths() {
        int length = findings.plan().length();
        List<String> header = List.of(
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
                "output error");
        return Stream.of(length / 4, length)
                .filter(n -> !findings.at(n).isEmpty())
                .map(n -> new LengthSection(
                        grouped(n),
                        new Table(
                                header,
                                findings.at(n).stream().map(this::summary).toList())))
                .toList();
    }

    private List<String> summary(SettingSummary row) {
        long fullCacheBytes =
                findings.fullCacheBytes().get(findings.grid().lengths().indexOf(row.n()));
        return List.of(
                row.setting().title(),
                scorer(row.setting()),
                text("%,.0f", row.retained()),
                text("%.0f %%", 100 * row.bytes() / fullCacheBytes),
                row.kl().text(4),
                text("%.3f", row.klP95()),
                text("%.3f", row.klP99()),
                row.nll().signed(4),
                text("%.1f %%", 100 * row.agreement()),
                text("%.2f", row.mass()),
                text("%.2f", row.error()));
    }

    /** A line for each setting at 2,048 tokens and at the end, by kind of document. */
    record KindSection(Table table) {}

    Optional<KindSection> kinds() {
        int length = findings.plan().length();
        List<List<String>> rows = KindFidelity.all(findings).stream()
                .filter(one -> one.n() == length || one.n() == MIDDLE)
                .map(one -> List.of(
                        one.setting().title(),
                        scorer(one.setting()),
                        one.kind(),
                        grouped(one.documents()),
                        grouped(one.n()),
                        text("%.1f %%", 100 * one.held()),
                        one.kl().text(4),
                        one.klUpTo().text(4)))
                .toList();
        List<String> header = List.of(
                "budget", "scorer", "kind", "documents", "n", "held at n", "KL from n/2 to n", "KL from 1 to n");
        return rows.isEmpty() ? Optional.empty() : Optional.of(new KindSection(new Table(header, rows)));
    }

    /** The protection of all settings, in words. */
    String protection() {
        return findings.plan().settings().stream()
                .map(setting -> text(
                        "%d sinks, the newest max(%d, %s of the budget), slack %d",
                        setting.sinks(), setting.recent(), setting.recentShare(), setting.slack()))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private static String scorer(Setting setting) {
        return setting.scorer() + (setting.inExactPrecision() ? "" : ", " + setting.precision());
    }

    private static String percent(Interval share) {
        return text("%.0f %% [%.0f, %.0f]", 100 * share.mean(), 100 * share.low(), 100 * share.high());
    }

    private static String grouped(int number) {
        return text("%,d", number);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
