package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.attention.DocumentAttention;
import dev.sublinear.evaluation.attention.OracleLoss;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Kind;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.setting.StandardSettings;
import java.util.ArrayList;
import java.util.List;

/** B: the loss over n of budgets that are equal at one n and differ in their growth. */
final class GrowthPlot implements Plot {

    @Override
    public String title() {
        return "B. How fast must a budget grow?";
    }

    @Override
    public String caption(Findings findings) {
        return "Left: the attention that the k largest entries of each row miss, k being 16 at n = 128 (the paper's setting: "
                + "each query chooses its own keys). Right: a cache that holds one set, 64 tokens at n = 256, by recency; slack and "
                + "protection as always. Where a claim holds, curves of powers of n fall, and those of constants and logarithms do not.";
    }

    @Override
    public List<Chart> panels(Findings findings) {
        List<Series> oracle = new ArrayList<>();
        for (int i = 0; i < OracleLoss.RULES.size() && !findings.attention().isEmpty(); i++) {
            String rule = OracleLoss.RULES.get(i).name();
            oracle.add(new Series(rule, Kind.MEASURED, i, losses(findings.attention(), rule)));
        }
        List<Series> cache = new ArrayList<>();
        for (Setting setting : StandardSettings.growthAmong(findings.plan().settings(), findings.grid())) {
            cache.add(SettingSeries.kl(findings, setting, BudgetFamily.growth(setting), colour(setting), 256));
        }
        return List.of(
                new Chart(
                        "Missed by the per-query oracle, 16 keys at n = 128",
                        "tokens seen, n",
                        "attention missed, τ",
                        Scale.DOUBLINGS,
                        Scale.LINEAR,
                        oracle),
                new Chart(
                        "A cache that evicts by recency, 64 tokens at n = 256",
                        "tokens seen, n",
                        "KL, nats",
                        Scale.DOUBLINGS,
                        Scale.LINEAR,
                        cache));
    }

    /** Returns the colour of the oracle with the same growth. */
    private static int colour(Setting setting) {
        String name = BudgetFamily.growth(setting);
        for (int i = 0; i < OracleLoss.RULES.size(); i++) {
            if (OracleLoss.RULES.get(i).name().equals(name)) {
                return i;
            }
        }
        return OracleLoss.RULES.size();
    }

    private static List<Point> losses(List<DocumentAttention> documents, String rule) {
        List<Point> points = new ArrayList<>();
        OracleLoss.byLength(documents, rule)
                .forEach((n, mass) -> points.add(new Point(n, mass.mean(), mass.low(), mass.high())));
        return points;
    }
}
