package dev.sublinear.load.profile;

import dev.sublinear.load.report.MetricsPage;
import dev.sublinear.load.run.Arrivals;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.LongContextSweep;
import dev.sublinear.load.workload.Mixed;
import dev.sublinear.load.workload.MultiTurn;
import dev.sublinear.load.workload.Prose;
import dev.sublinear.load.workload.SharedPrefix;
import dev.sublinear.load.workload.Workload;
import java.util.List;
import java.util.Map;

/**
 * Whether streams are their golden, refusals say when to come again, and nothing is left: in two minutes, as a part of
 * CI. It counts requests and looks at no clock.
 */
public record SmokeProfile() implements Profile {

    @Override
    public void run(Session session) {
        session.serve("the stub", Model.STUB.options(), Model.forgetful(64, 256), this::stub);
        session.serve("the fixture model", Model.FIXTURE.options(), Model.forgetful(32, 64), this::fixture);
        session.serve("the fixture model, with prefixes", Model.FIXTURE.options(), Map.of(), this::prefixes);
        session.serve("a slow stub that refuses", Model.stub(50), Model.room(2, 4), this::refusals);
    }

    private void stub(Target server) {
        Workload workload = new Mixed(List.of(
                Model.STUB.usual(100, 20),
                new LongContextSweep(Prose.OF_BYTES, 256, 4096, 10),
                new MultiTurn(Prose.OF_BYTES, 4, 40, 20)));
        List<Asked> asked = server.prepare(workload, 60);
        server.warmUp(asked, 128, 2_000);
        MetricsPage before = server.atRest();
        server.measure("", "", workload, asked, new Load.Closed(128), new Extent.Requests(4_000), Model.CHAT);
        server.measure(
                "",
                "",
                workload,
                asked,
                new Load.Open(new Arrivals.Poisson(100)),
                new Extent.Requests(300),
                Model.CHAT);
        server.requireReturn(before);
    }

    private void fixture(Target server) {
        Workload workload =
                new Mixed(List.of(Model.FIXTURE.usual(60, 12), new LongContextSweep(Prose.OF_WORDS, 256, 2048, 8)));
        List<Asked> asked = server.prepare(workload, 12);
        server.warmUp(asked, 32, 48);
        MetricsPage before = server.atRest();
        server.measure("", "", workload, asked, new Load.Closed(32), new Extent.Requests(64), Model.CHAT);
        server.measure(
                "", "", workload, asked, new Load.Open(new Arrivals.Constant(4)), new Extent.Requests(16), Model.CHAT);
        server.requireReturn(before);
    }

    private void prefixes(Target server) {
        Workload workload = new Mixed(
                List.of(new SharedPrefix(Prose.OF_WORDS, 600, 20, 8), new MultiTurn(Prose.OF_WORDS, 3, 120, 12)));
        List<Asked> asked = server.prepare(workload, 12);
        server.measure("", "", workload, asked, new Load.Closed(16), new Extent.Requests(36), Model.CHAT);
    }

    private void refusals(Target server) {
        Workload workload = Model.STUB.usual(30, 10);
        List<Asked> asked = server.prepare(workload, 6);
        server.measure("", "", workload, asked, new Load.Closed(40), new Extent.Requests(160), Model.CHAT);
    }
}
