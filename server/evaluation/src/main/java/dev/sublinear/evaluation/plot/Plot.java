package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Chart;
import java.util.List;

/** A question about pruning, and the panels that answer it. */
public interface Plot {
    /** The plot's letter, unique among {@link Plots}, and its question. */
    String title();

    /** How to read the panels: the axes, and what they would show if a claim held. */
    String caption(Findings findings);

    /** The panels from left to right. */
    List<Chart> panels(Findings findings);
}
