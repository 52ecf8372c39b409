package dev.sublinear.load.profile;

import dev.sublinear.load.report.MetricsPage;
import dev.sublinear.load.run.Extent;
import dev.sublinear.load.run.Load;
import dev.sublinear.load.workload.Asked;
import dev.sublinear.load.workload.Workload;
import java.util.List;

/** Very many short requests; then nothing may be left of them. */
public record SoakProfile() implements Profile {
    private static final int DIFFERENT = 200;

    @Override
    public void run(Session session) {
        soak(session, Model.STUB, 64, session.scaled(1_000_000));
        soak(session, Model.FIXTURE, 32, session.scaled(100_000));
    }

    private static void soak(Session session, Model model, int streams, long requests) {
        session.serve(model.title(), model.options(), Model.forgetful(streams, 2 * streams), server -> {
            Workload workload = model.usual(12, 2);
            List<Asked> asked = server.prepare(workload, DIFFERENT);
            server.warmUp(asked, streams, Math.min(requests, 10_000));
            MetricsPage before = server.atRest();
            server.measure(
                    "", "", workload, asked, new Load.Closed(streams), new Extent.Requests(requests), Model.CHAT);
            server.requireReturn(before);
        });
    }
}
