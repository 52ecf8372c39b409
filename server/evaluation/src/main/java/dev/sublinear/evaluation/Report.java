package dev.sublinear.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sublinear.evaluation.plot.Chart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Findings as files: JSON with everything, CSV for other programs, a page with the plots, and each panel by itself. */
public final class Report {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Report() {}

    /** Writes report.json, report.html, report.csv, probes.csv, generation.csv, rivals.csv, table.md and plots/*.svg. */
    public static void write(Findings findings, Path directory) throws IOException {
        Files.writeString(directory.resolve("report.json"), JSON.writeValueAsString(findings));
        Files.writeString(directory.resolve("report.csv"), Csv.summaries(findings.summaries()));
        Files.writeString(directory.resolve("probes.csv"), Csv.remembered(findings.remembered()));
        Files.writeString(directory.resolve("generation.csv"), Csv.continued(findings.continued()));
        Files.writeString(directory.resolve("rivals.csv"), Csv.rivals(Rival.all(findings)));
        Files.writeString(directory.resolve("table.md"), MarkdownTable.of(findings));
        Files.writeString(directory.resolve("report.html"), HtmlReport.of(findings));
        Path plots = Files.createDirectories(directory.resolve("plots"));
        for (Plots.Plot plot : Plots.ALL) {
            List<Chart> panels = plot.panels(findings);
            for (int i = 0; i < panels.size(); i++) {
                String name = plot.title().charAt(0) + Integer.toString(i + 1) + ".svg";
                Files.writeString(plots.resolve(name), panels.get(i).svg());
            }
        }
    }
}
