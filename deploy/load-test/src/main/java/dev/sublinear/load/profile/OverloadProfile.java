package dev.sublinear.load.profile;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.report.MarkdownReport;
import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.report.Report.Table;
import dev.sublinear.load.run.Arrivals;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Workload;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Ten times what a server can carry: it must go on carrying that, refuse the rest at once, and fail nobody it took. */
public record OverloadProfile() implements Profile {
    private static final double TIMES = 10;
    private static final double KEPT = 0.95;
    private static final double REFUSAL_MILLIS = 10;
    private static final int MINUTES = 5;
    /** Those that run and those that wait, with the default settings. */
    private static final int ADMITTED = 32 + 64;

    private static final Slo SLO = new Slo(Duration.ofSeconds(10), Duration.ofMillis(200));

    @Override
    public void run(Session session) {
        session.serve("the fixture model", Model.FIXTURE.options(), Map.of(), server -> {
            Workload workload = Model.FIXTURE.usual(40, 24);
            List<Asked> asked = server.prepare(workload, 64);
            int seconds = session.settings().seconds();
            boolean isWhole = seconds == Session.DEFAULT_SECONDS;
            Measured full = server.measure(
                    "",
                    "saturated",
                    workload,
                    asked,
                    new Load.Closed(ADMITTED),
                    Extent.seconds(5, isWhole ? 45 : seconds),
                    SLO);
            double rate = TIMES * full.counts().completedPerSecond();
            Measured over = server.measure(
                    "",
                    "overload",
                    workload,
                    asked,
                    new Load.Open(new Arrivals.Poisson(rate)),
                    Extent.seconds(5, isWhole ? MINUTES * 60 : seconds),
                    SLO);
            compare(session, full, over);
        });
    }

    private static void compare(Session session, Measured full, Measured over) {
        double kept = over.counts().goodPerSecond() / full.counts().goodPerSecond();
        double refusal = over.counts().refusal().p99();
        session.compare(new Table(
                "Ten times the load",
                List.of("", "saturated", "10 ×", "aim"),
                List.of(
                        List.of(
                                "goodput, requests/s",
                                MarkdownReport.number(full.counts().goodPerSecond()),
                                MarkdownReport.number(over.counts().goodPerSecond()),
                                "at least 95 %: " + MarkdownReport.number(100 * kept) + " %"),
                        List.of(
                                "refused",
                                String.valueOf(full.counts().refused()),
                                String.valueOf(over.counts().refused()),
                                "each says when to come again"),
                        List.of(
                                "refusal p50 / p99 / p99.9, ms",
                                "–",
                                MarkdownReport.number(over.counts().refusal().p50()) + " / "
                                        + MarkdownReport.number(refusal) + " / "
                                        + MarkdownReport.number(
                                                over.counts().refusal().p999()),
                                "p99 within 10"),
                        List.of(
                                "admitted that failed",
                                String.valueOf(full.counts().failed()),
                                String.valueOf(over.counts().failed()),
                                "0"))));
        session.require(kept >= KEPT, "goodput under overload is %.0f %% of the saturated", 100 * kept);
        session.require(refusal <= REFUSAL_MILLIS, "refusals take %.1f ms at p99", refusal);
        session.require(over.counts().refused() > 0, "nothing was refused: this was no overload");
    }
}
