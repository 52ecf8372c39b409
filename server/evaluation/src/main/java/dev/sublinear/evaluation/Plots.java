package dev.sublinear.evaluation;

import dev.sublinear.evaluation.plot.Chart;
import java.util.List;

/** The plots of the report, in its order. To add one, write its class and its line here. */
final class Plots {
    static final List<Plot> ALL = List.of(
            new KeysNeededPlot(),
            new GrowthPlot(),
            new ParetoPlot(),
            new MatchedPlot(),
            new LevelsPlot(),
            new CostPlot());

    private Plots() {}

    /** A question, and panels that answer it. */
    interface Plot {
        /** A letter and what it asks. */
        String title();

        /** How to read it: what is on the axes, and what one would see if a claim held. */
        String caption(Findings findings);

        List<Chart> panels(Findings findings);
    }
}
