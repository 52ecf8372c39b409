package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.comparison.FootprintGroup;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.Setting;
import java.util.ArrayList;
import java.util.List;

/** D: divergence over n of budgets that have the same footprint over the mix, a panel for each footprint. */
final class EqualFootprintPlot implements Plot {

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
        for (FootprintGroup group : FootprintGroup.all(findings)) {
            List<Series> series = new ArrayList<>();
            for (Setting setting : group.settings()) {
                String family = BudgetFamily.of(setting);
                series.add(SettingSeries.kl(findings, setting, family, FamilyColours.of(family), 256));
            }
            panels.add(new Chart(group.title(), "tokens seen, n", "KL, nats", Scale.DOUBLINGS, Scale.LINEAR, series));
        }
        return panels;
    }
}
