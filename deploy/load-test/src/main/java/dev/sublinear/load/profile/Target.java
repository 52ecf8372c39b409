package dev.sublinear.load.profile;

import dev.sublinear.load.client.LoadClient;
import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.client.Solo;
import dev.sublinear.load.report.MetricsPage;
import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.report.Residue;
import dev.sublinear.load.report.Watch;
import dev.sublinear.load.report.Watch.Sight;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.run.Run;
import dev.sublinear.load.run.Stage;
import dev.sublinear.load.run.Tally.Counts;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Workload;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A running server, and what is done to it. */
final class Target implements AutoCloseable {
    /** Below what the server lets one address have. */
    private static final int MOST_CONNECTIONS = 1_100;

    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(250);

    private final Session session;
    private final URI address;
    private final Solo solo;
    private final LoadClient client;
    private final MetricsPage.Reader metrics;
    private final List<Measured> measured = new ArrayList<>();
    private List<Residue.Value> residue = List.of();

    Target(Session session, URI address) {
        this.session = session;
        this.address = address;
        this.solo = new Solo(address);
        this.client = new LoadClient(address, MOST_CONNECTIONS);
        this.metrics = new MetricsPage.Reader(address);
    }

    /** Draws requests and has each answered alone. */
    List<Asked> prepare(Workload workload, int count) {
        List<Asked> asked = workload.draw(count, session.settings().seed(), solo::answer).stream()
                .map(solo::prepare)
                .toList();
        session.say("golden answers to %d requests: %s", asked.size(), workload.name());
        return asked;
    }

    MetricsPage metrics() {
        return metrics.read();
    }

    /** Puts it under a load and notes what it carried; whatever is not the golden answer is a fault. */
    Measured measure(
            String group, String name, Workload workload, List<Asked> asked, Load load, Extent extent, Slo slo) {
        Stage stage = new Stage(
                group,
                name,
                workload.name(),
                asked,
                load,
                extent,
                slo,
                session.settings().seed());
        Counts counts;
        Sight sight;
        try (Watch watch = new Watch(address, BETWEEN_LOOKS)) {
            counts = Run.of(client, stage, PATIENCE);
            sight = watch.end();
        }
        Measured found = new Measured(
                stage.group(), stage.name(), stage.workload(), load.toString(), slo.toString(), counts, sight);
        measured.add(found);
        session.say(
                "%s%s: %.1f requests/s, %.0f tokens/s, goodput %.1f/s, TTFT p99 %.1f ms, inter-token p99 %.1f ms, %d"
                        + " refused, %d dropped",
                name.isEmpty() ? "" : name + ", ",
                load,
                counts.completedPerSecond(),
                counts.tokensPerSecond(),
                counts.goodPerSecond(),
                counts.ttft().p99(),
                counts.interToken().p99(),
                counts.refused(),
                counts.dropped());
        String where = name.isEmpty() ? load.toString() : name + ", " + load;
        session.require(counts.differing() == 0, "%s: %d streams are not their golden", where, counts.differing());
        session.require(counts.failed() == 0, "%s: %d requests failed", where, counts.failed());
        counts.problems().forEach(problem -> session.require(false, "%s: %s", where, problem));
        return found;
    }

    /** The same without noting it: what a server does once, it has done then. */
    void warmUp(List<Asked> asked, int streams, long requests) {
        Slo any = new Slo(Duration.ofDays(1), Duration.ofDays(1));
        Stage stage =
                new Stage("", "warm-up", "", asked, new Load.Closed(streams), new Extent.Requests(requests), any, 0);
        Run.of(client, stage, PATIENCE);
    }

    /** Returns what the server holds with no connection of this client's. */
    MetricsPage atRest() {
        client.closeConnections();
        return Residue.settled(metrics);
    }

    /** Requires that the server comes to hold no more than it did. */
    void requireReturn(MetricsPage before) {
        client.closeConnections();
        residue = Residue.awaitReturn(metrics, before, Duration.ofMinutes(1));
        for (Residue.Value value : residue) {
            session.require(
                    value.isClean(),
                    "%s has not returned: %.0f before, %.0f after",
                    value.name(),
                    value.before(),
                    value.after());
        }
    }

    List<Measured> measured() {
        return List.copyOf(measured);
    }

    List<Residue.Value> residue() {
        return residue;
    }

    @Override
    public void close() {
        client.close();
    }
}
