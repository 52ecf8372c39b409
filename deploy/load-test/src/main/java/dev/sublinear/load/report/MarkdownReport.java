package dev.sublinear.load.report;

import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.run.Tally.Counts;
import dev.sublinear.load.run.Tally.Latency;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** A report as Markdown. */
public final class MarkdownReport {
    private static final List<String> HEAD = List.of(
            "load",
            "requests/s",
            "tokens/s",
            "goodput/s",
            "TTFT p50 / p99",
            "inter-token p50 / p99 / max",
            "TPOT p50 / p99",
            "end to end p50 / p99",
            "refused (p99)",
            "failed, differ, dropped",
            "running, most",
            "CPU client / server");

    private MarkdownReport() {}

    public static String of(Report report) {
        StringBuilder text = new StringBuilder();
        line(text, "# Load test: %s", report.profile());
        line(text, "");
        line(text, "%s, %s. Times in milliseconds.", report.date(), report.machine());
        line(text, "");
        line(text, report.isClean() ? "**Passed.**" : "**Failed:**");
        report.faults().forEach(fault -> line(text, "- %s", fault));
        for (Report.Table table : report.comparisons()) {
            line(text, "");
            line(text, "## %s", table.title());
            line(text, "");
            table(text, table.head(), table.rows());
        }
        for (Report.Server server : report.servers()) {
            line(text, "");
            line(text, "## %s", server.name());
            line(text, "");
            line(text, "`%s`", server.command());
            stages(text, server.stages());
            residue(text, server.residue());
        }
        line(text, "");
        line(text, "## How it is computed");
        line(text, "");
        report.formulas().forEach(formula -> line(text, "- %s", formula));
        return text.toString();
    }

    private static void stages(StringBuilder text, List<Measured> stages) {
        String told = "";
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            Measured stage = stages.get(i);
            String about = stage.workload() + ". SLO: " + stage.slo() + ".";
            if (!about.equals(told)) {
                line(text, "");
                line(text, "%s", about);
                line(text, "");
                told = about;
            }
            rows.add(row(stage));
            boolean last = i == stages.size() - 1;
            if (last
                    || !about.equals(stages.get(i + 1).workload() + ". SLO: "
                            + stages.get(i + 1).slo() + ".")) {
                table(text, HEAD, rows);
                rows.clear();
            }
        }
    }

    private static List<String> row(Measured stage) {
        Counts counts = stage.counts();
        return List.of(
                stage.name().isEmpty() ? stage.load() : stage.name() + ": " + stage.load(),
                number(counts.completedPerSecond()),
                number(counts.tokensPerSecond()),
                number(counts.goodPerSecond()),
                pair(counts.ttft()),
                pair(counts.interToken()) + " / " + number(counts.interToken().max()),
                pair(counts.tpot()),
                pair(counts.endToEnd()),
                counts.refused() == 0
                        ? "0"
                        : String.format(
                                Locale.ROOT,
                                "%d (%s)",
                                counts.refused(),
                                number(counts.refusal().p99())),
                counts.failed() + ", " + counts.differing() + ", " + counts.dropped(),
                String.valueOf(stage.sight().mostRunning()),
                String.format(
                        Locale.ROOT,
                        "%.2f / %.2f",
                        stage.sight().clientCpu(),
                        stage.sight().serverCpu()));
    }

    private static String pair(Latency latency) {
        return latency.count() == 0 ? "–" : number(latency.p50()) + " / " + number(latency.p99());
    }

    public static String number(double value) {
        return String.format(
                Locale.ROOT, Math.abs(value) >= 100 ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }

    private static void residue(StringBuilder text, List<Residue.Value> values) {
        if (!values.isEmpty()) {
            line(text, "");
            line(text, "What it held while idle, before and after:");
            line(text, "");
            table(
                    text,
                    List.of("meter", "before", "after", ""),
                    values.stream()
                            .map(value -> List.of(
                                    "`" + value.name() + "`",
                                    String.format(Locale.ROOT, "%,.0f", value.before()),
                                    String.format(Locale.ROOT, "%,.0f", value.after()),
                                    value.isClean() ? "" : "**not returned**"))
                            .toList());
        }
    }

    private static void table(StringBuilder text, List<String> head, List<List<String>> rows) {
        row(text, head);
        row(text, Collections.nCopies(head.size(), "---"));
        rows.forEach(row -> row(text, row));
    }

    private static void row(StringBuilder text, List<String> cells) {
        line(text, "| %s |", String.join(" | ", cells));
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values))
                .append('\n');
    }
}
