package dev.sublinear.load.run;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.workload.Asked;
import java.util.List;

/**
 * One load on one server.
 *
 * @param group of stages that a chart puts on one line
 * @param workload what its requests are called
 * @param asked the requests, one after the other and again from the start
 */
public record Stage(
        String group, String name, String workload, List<Asked> asked, Load load, Extent extent, Slo slo, long seed) {
    public Stage {
        asked = List.copyOf(asked);
        if (asked.isEmpty()) {
            throw new IllegalArgumentException("a stage needs requests");
        }
    }
}
