package dev.sublinear.evaluation.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.comparison.HeadGrowth;
import dev.sublinear.evaluation.comparison.KindFidelity;
import dev.sublinear.evaluation.plot.Plot;
import dev.sublinear.evaluation.plot.Plots;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes findings as files: all of them as JSON, tables as CSV and Markdown, a page with the plots, and each panel as SVG. */
public final class EvaluationReport {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private EvaluationReport() {}

    /** Writes report.json, report.html, report.csv, kinds.csv, heads.csv, probes.csv, generation.csv, rivals.csv, table.md and plots/*.svg. */
    public static void write(Findings findings, Path directory) throws IOException {
        Files.writeString(directory.resolve("report.json"), JSON.writeValueAsString(findings));
        Files.writeString(directory.resolve("report.csv"), CsvTables.summaries(findings.summaries()));
        Files.writeString(directory.resolve("kinds.csv"), CsvTables.kinds(KindFidelity.all(findings)));
        Files.writeString(directory.resolve("heads.csv"), CsvTables.heads(HeadGrowth.all(findings)));
        Files.writeString(directory.resolve("probes.csv"), CsvTables.probes(findings.probes()));
        Files.writeString(directory.resolve("generation.csv"), CsvTables.continuations(findings.continuations()));
        Files.writeString(directory.resolve("rivals.csv"), CsvTables.comparisons(BudgetComparison.all(findings)));
        Files.writeString(directory.resolve("table.md"), MarkdownTable.of(findings));
        Files.writeString(directory.resolve("report.html"), ReportPage.of(findings));
        Path plots = Files.createDirectories(directory.resolve("plots"));
        for (Plot plot : Plots.ALL) {
            List<Chart> panels = plot.panels(findings);
            for (int i = 0; i < panels.size(); i++) {
                String name = plot.title().charAt(0) + Integer.toString(i + 1) + ".svg";
                Files.writeString(plots.resolve(name), panels.get(i).svg());
            }
        }
    }
}
