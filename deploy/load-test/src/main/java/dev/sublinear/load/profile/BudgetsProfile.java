package dev.sublinear.load.profile;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.report.MarkdownReport;
import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.report.Report.Table;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.run.Tally;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Prose;
import dev.sublinear.load.workload.SharedPrefix;
import dev.sublinear.load.workload.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What a budget buys at long contexts: the same requests, on the same capacity, with the default budget and with none.
 * Random weights of a real model's sizes, as speed knows no sense; every prompt begins with one document, so that it is
 * read once, and every sequence has its own cache of all of it.
 */
public record BudgetsProfile() implements Profile {
    private static final int CONTEXT = 8192;
    private static final int ANSWER = 32;
    private static final long CAPACITY_MIB = 3072;
    private static final Slo SLO = new Slo(Duration.ofSeconds(30), Duration.ofMillis(500));
    private static final List<String> BUDGETS = List.of("unlimited", "power-law:alpha=32,exponent=0.5");

    @Override
    public void run(Session session) {
        List<Found> found = new ArrayList<>();
        for (String budget : BUDGETS) {
            session.serve(
                    "135M, " + budget,
                    List.of(
                            "--model",
                            "random:smollm2-135m",
                            "--precision",
                            "int8-dynamic",
                            "--budget",
                            budget,
                            "--cache-capacity",
                            CAPACITY_MIB + "MiB"),
                    Map.of(),
                    server -> found.addAll(measure(session, server, budget, found)));
        }
        session.compare(table(found));
    }

    /** A stage, what one sequence reserves, and for how many there is room. */
    private record Found(String budget, double perSequence, int fit, Measured measured) {}

    /** With as many as fit under this budget, and with as many as under the first. */
    private static List<Found> measure(Session session, Target server, String budget, List<Found> before) {
        Workload workload = new SharedPrefix(Prose.OF_BYTES, CONTEXT, 20, ANSWER);
        List<Asked> asked = server.prepare(workload, 4);
        double kept = server.metrics().value("sublinear_kvcache_reserved_bytes");
        Measured one = server.measure("", "alone", workload, asked, new Load.Closed(1), new Extent.Requests(2), SLO);
        double perSequence = one.sight().mostReserved() - kept;
        int fit = (int) Math.max(1, ((CAPACITY_MIB << 20) - kept) / perSequence);
        session.say("%.0f MB of prefixes, %.0f MB a sequence: room for %d", kept / 1e6, perSequence / 1e6, fit);
        List<Found> found = new ArrayList<>();
        for (int streams :
                before.isEmpty() ? new int[] {fit} : new int[] {before.get(0).fit(), fit}) {
            Measured full = server.measure(
                    "",
                    streams == fit
                            ? "as many as fit"
                            : "as many as fit under " + before.get(0).budget(),
                    workload,
                    asked,
                    new Load.Closed(streams),
                    Extent.seconds(5, 5 * session.settings().seconds()),
                    SLO);
            found.add(new Found(budget, perSequence, fit, full));
        }
        return found;
    }

    private static Table table(List<Found> found) {
        List<List<String>> rows = new ArrayList<>();
        Found base = found.get(0);
        for (Found each : found) {
            Tally.Counts counts = each.measured().counts();
            rows.add(List.of(
                    each.budget(),
                    MarkdownReport.number(each.perSequence() / 1e6),
                    String.valueOf(each.measured().sight().mostRunning()),
                    ratio(
                            each.measured().sight().mostRunning(),
                            base.measured().sight().mostRunning()),
                    MarkdownReport.number(counts.tokensPerSecond()),
                    ratio(counts.tokensPerSecond(), base.measured().counts().tokensPerSecond()),
                    MarkdownReport.number(counts.goodPerSecond()),
                    ratio(counts.goodPerSecond(), base.measured().counts().goodPerSecond()),
                    MarkdownReport.number(counts.interToken().p50()),
                    MarkdownReport.number(counts.interToken().p99()),
                    MarkdownReport.number(counts.ttft().p99())));
        }
        return new Table(
                "8k contexts in %,d MiB".formatted(CAPACITY_MIB),
                List.of(
                        "budget",
                        "MB a sequence",
                        "at once",
                        "ratio",
                        "tokens/s",
                        "ratio",
                        "goodput/s",
                        "ratio",
                        "inter-token p50",
                        "p99",
                        "TTFT p99"),
                rows);
    }

    private static String ratio(double value, double base) {
        return base == 0 ? "–" : MarkdownReport.number(value / base);
    }
}
