package dev.sublinear.load.profile;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.report.MarkdownReport;
import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.report.Report.Table;
import dev.sublinear.load.run.Arrivals;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.run.Tally;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.LoadTestException;
import dev.sublinear.load.workload.Prose;
import dev.sublinear.load.workload.ShareGpt;
import dev.sublinear.load.workload.SharedPrefix;
import dev.sublinear.load.workload.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What a server carries: the client against a stub of a known rate, saturation at 1 to 1,000 streams on the stub and on
 * the fixture model, and the fixture model under rates around what it carries at most.
 *
 * @param dataset of chats, for the sweep; the empty path for drawn ones
 */
public record StandardProfile(Path dataset) implements Profile {
    private static final int[] STREAMS = {1, 4, 16, 64, 256, 1_000};
    private static final double[] SHARES = {0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.3};
    private static final int KNOWN_RATE = 50;
    private static final int[] KNOWN_STREAMS = {1, 64, 256};
    private static final Slo ANY = new Slo(Duration.ofMinutes(10), Duration.ofMinutes(1));
    private static final int MOST = 1_000;

    @Override
    public void run(Session session) {
        List<List<String>> errors = new ArrayList<>();
        session.serve("a stub of 50 tokens/s", Model.stub(KNOWN_RATE), Model.room(256, 256), server -> {
            Workload workload = new SharedPrefix(Prose.OF_BYTES, 20, 10, 100);
            List<Asked> asked = server.prepare(workload, 4);
            for (int streams : KNOWN_STREAMS) {
                errors.add(error(server.measure(
                        "Known rate", "", workload, asked, new Load.Closed(streams), extent(session, streams), ANY)));
            }
        });
        session.compare(new Table(
                "The client against a stub that gives each stream a token every 20 ms",
                List.of("load", "mean, ms", "error", "p50", "p99", "client's CPU, cores", "sent late p99, ms"),
                errors));
        saturate(session, Model.STUB);
        sweep(session, saturate(session, Model.FIXTURE));
    }

    private static Extent extent(Session session, int streams) {
        return Extent.seconds(streams >= 256 ? 4 : 2, session.settings().seconds());
    }

    private static List<String> error(Measured measured) {
        Tally.Latency latency = measured.counts().interToken();
        double expected = 1e3 / KNOWN_RATE;
        return List.of(
                measured.load(),
                String.format(Locale.ROOT, "%.3f", latency.mean()),
                String.format(Locale.ROOT, "%+.2f %%", 100 * (latency.mean() / expected - 1)),
                MarkdownReport.number(latency.p50()),
                MarkdownReport.number(latency.p99()),
                String.format(Locale.ROOT, "%.3f", measured.sight().clientCpu()),
                MarkdownReport.number(measured.counts().clientLateness().p99()));
    }

    /** Returns the most requests a second that it completed. */
    private static double saturate(Session session, Model model) {
        double[] best = {0};
        session.serve(model.title() + ", saturated", model.options(), Model.room(MOST, MOST), server -> {
            Workload workload = new SharedPrefix(model.prose(), 40, 20, 32);
            List<Asked> asked = server.prepare(workload, 16);
            server.warmUp(asked, 16, model.warmUpRequests());
            for (int streams : STREAMS) {
                Measured found = server.measure(
                        "Saturation, " + model.title(),
                        "",
                        workload,
                        asked,
                        new Load.Closed(streams),
                        extent(session, streams),
                        Model.CHAT);
                if (streams <= 64) {
                    best[0] = Math.max(best[0], found.counts().completedPerSecond());
                }
            }
        });
        return best[0];
    }

    private void sweep(Session session, double most) {
        if (most == 0) {
            throw new LoadTestException("no request ended while it was measured: measure longer, with --seconds");
        }
        session.serve("the fixture model, rates", Model.FIXTURE.options(), Map.of(), server -> {
            boolean drawn = dataset.toString().isEmpty();
            Workload workload = drawn
                    ? new SharedPrefix(Model.FIXTURE.prose(), 40, 20, 32)
                    : new ShareGpt(dataset, Model.FIXTURE.prose().charactersPerToken(), 64);
            List<Asked> asked = server.prepare(workload, drawn ? 16 : 64);
            server.warmUp(asked, 16, Model.FIXTURE.warmUpRequests());
            for (double share : SHARES) {
                rate(session, server, workload, asked, new Arrivals.Poisson(share * most), share);
            }
            rate(session, server, workload, asked, new Arrivals.Constant(0.75 * most), 0.75);
        });
    }

    private static void rate(
            Session session, Target server, Workload workload, List<Asked> asked, Arrivals arrivals, double share) {
        server.measure(
                "Rates, the fixture model",
                String.format(Locale.ROOT, "%.0f %%", 100 * share),
                workload,
                asked,
                new Load.Open(arrivals),
                extent(session, 1),
                Model.CHAT);
    }
}
