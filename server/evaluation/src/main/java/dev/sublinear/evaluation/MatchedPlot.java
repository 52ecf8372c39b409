package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plots.Plot;
import dev.sublinear.evaluation.plot.Chart;
import dev.sublinear.evaluation.plot.Scale;
import dev.sublinear.evaluation.plot.Series;
import java.util.ArrayList;
import java.util.List;

/** D: error over n of rules that have the same footprint over the mix. */
final class MatchedPlot implements Plot {

    @Override
    public String title() {
        return "D. Where does a fixed budget lose, where does it win?";
    }

    @Override
    public String caption(Findings findings) {
        return "All rules of a panel hold the same over the mix of lengths. A fixed budget is generous to short contexts and "
                + "poor for long ones: its curve should cross that of a power law. Bands are 95 % intervals over documents.";
    }

    @Override
    public List<Chart> panels(Findings findings) {
        List<Chart> panels = new ArrayList<>();
        for (Level level : Level.all(findings)) {
            List<Series> series = new ArrayList<>();
            for (Setting setting : level.settings()) {
                String rule = Rule.of(setting);
                series.add(Lines.kl(findings, setting, rule, Rule.colour(rule), 256));
            }
            panels.add(new Chart(level.title(), "tokens seen, n", "KL, nats", Scale.DOUBLINGS, Scale.LINEAR, series));
        }
        return panels;
    }
}
