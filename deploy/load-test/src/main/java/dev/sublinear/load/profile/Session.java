package dev.sublinear.load.profile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sublinear.load.report.HtmlReport;
import dev.sublinear.load.report.MarkdownReport;
import dev.sublinear.load.report.Report;
import dev.sublinear.load.report.Report.Table;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** One test as it goes: the servers that it starts, and what it has found so far. */
public final class Session {
    /** How long a stage of load lasts unless the command says it. */
    public static final int DEFAULT_SECONDS = 8;

    private final String profile;
    private final Settings settings;
    private final List<Report.Server> servers = new ArrayList<>();
    private final List<Table> comparisons = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    /**
     * What a run is told.
     *
     * @param launcher that starts a server
     * @param out where the report goes
     * @param seconds that a stage is measured
     * @param seed of all that is drawn
     * @param scale what numbers of requests are multiplied by
     */
    public record Settings(Path launcher, Path out, int seconds, long seed, double scale) {}

    public Session(String profile, Settings settings) {
        this.profile = profile;
        this.settings = settings;
    }

    Settings settings() {
        return settings;
    }

    /** Returns so many requests, or the share of them that this run is told to send. */
    long scaled(long requests) {
        return Math.max(1, Math.round(requests * settings.scale()));
    }

    /**
     * Starts a server, has it tested, and ends it.
     *
     * @param options of {@code serve}
     * @param environment further settings
     */
    void serve(String name, List<String> options, Map<String, String> environment, Consumer<Target> test) {
        say("starting: %s", name);
        Path log = settings.out().resolve(name.replaceAll("[^A-Za-z0-9]+", "-") + ".log");
        try (ServerProcess process = ServerProcess.start(settings.launcher(), options, environment, log);
                Target target = new Target(this, process.address())) {
            try {
                test.accept(target);
            } finally {
                servers.add(new Report.Server(name, process.command(), target.measured(), target.residue()));
            }
            process.end();
        }
    }

    void compare(Table table) {
        comparisons.add(table);
    }

    public void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            String fault = String.format(Locale.ROOT, rule, values);
            faults.add(fault);
            say("FAULT: %s", fault);
        }
    }

    void say(String format, Object... values) {
        System.err.println("load-test: " + String.format(Locale.ROOT, format, values));
    }

    /** Writes the report in its three forms; returns it. */
    public Report write() {
        Report report = new Report(
                profile,
                LocalDate.now(ZoneOffset.UTC).toString(),
                "%d cores, %s %s, Java %s, seed %d"
                        .formatted(
                                Runtime.getRuntime().availableProcessors(),
                                System.getProperty("os.name"),
                                System.getProperty("os.arch"),
                                Runtime.version(),
                                settings.seed()),
                Report.FORMULAS,
                List.copyOf(servers),
                List.copyOf(comparisons),
                List.copyOf(faults));
        try {
            Files.writeString(settings.out().resolve("report.json"), json(report));
            Files.writeString(settings.out().resolve("report.md"), MarkdownReport.of(report));
            Files.writeString(settings.out().resolve("report.html"), HtmlReport.of(report));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return report;
    }

    private static String json(Report report) {
        try {
            return new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
