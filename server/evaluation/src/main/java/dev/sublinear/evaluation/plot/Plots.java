package dev.sublinear.evaluation.plot;

import java.util.List;

/** The plots of the report, in its order. To add one, write its class and its line here. */
public final class Plots {
    public static final List<Plot> ALL = List.of(
            new KeysNeededPlot(),
            new GrowthPlot(),
            new ParetoPlot(),
            new EqualFootprintPlot(),
            new OracleGapPlot(),
            new CostPlot());

    private Plots() {}
}
