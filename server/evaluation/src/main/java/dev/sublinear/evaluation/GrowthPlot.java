package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plots.Plot;
import dev.sublinear.evaluation.plot.Chart;
import dev.sublinear.evaluation.plot.Scale;
import dev.sublinear.evaluation.plot.Series;
import dev.sublinear.evaluation.plot.Series.Kind;
import dev.sublinear.evaluation.plot.Series.Point;
import dev.sublinear.kvcache.BudgetSchedule.PowerLaw;
import java.util.ArrayList;
import java.util.List;

/** B: the error over n of budgets that start alike and grow differently. */
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
        for (Setting setting : growth(findings)) {
            cache.add(Lines.kl(findings, setting, shortName(setting), colour(setting), 256));
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

    static List<Setting> growth(Findings findings) {
        Plan plan = findings.plan();
        List<Setting> growth = new StandardSettings(
                        new Grid(plan.length()), plan.settings().get(0).policy(), PowerLaw.DEFAULT)
                .growth();
        return plan.settings().stream().filter(growth::contains).toList();
    }

    static String shortName(Setting setting) {
        String budget = setting.budget();
        if (budget.startsWith("fixed")) {
            return "constant";
        }
        return budget.startsWith("log") ? "log n" : "n^" + budget.replaceAll(".*exponent=([0-9.]+).*", "$1");
    }

    private static int colour(Setting setting) {
        String name = shortName(setting);
        for (int i = 0; i < OracleLoss.RULES.size(); i++) {
            if (OracleLoss.RULES.get(i).name().equals(name)) {
                return i;
            }
        }
        return OracleLoss.RULES.size();
    }

    static List<Point> losses(List<Evaluation.Attention> documents, String rule) {
        return documents.get(0).oracle().stream()
                .filter(loss -> loss.rule().equals(rule))
                .map(at -> {
                    Interval mass = Bootstrap.mean(documents.stream()
                            .flatMap(document -> document.oracle().stream())
                            .filter(loss -> loss.rule().equals(rule) && loss.seen() == at.seen())
                            .mapToDouble(OracleLoss::mass)
                            .toArray());
                    return new Point(at.seen(), mass.mean(), mass.low(), mass.high());
                })
                .toList();
    }
}
