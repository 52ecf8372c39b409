package dev.sublinear.server.evaluation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Findings as files: JSON with everything, CSV with the summaries. */
public final class Report {
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private Report() {}

    /** Writes report.json and report.csv. */
    public static void write(Findings findings, Path directory) throws IOException {
        Files.writeString(directory.resolve("report.json"), JSON.writeValueAsString(findings));
        Files.writeString(directory.resolve("report.csv"), Csv.of(findings.summaries()));
    }
}
