package dev.sublinear.evaluation;

import dev.sublinear.evaluation.Plots.Plot;
import dev.sublinear.evaluation.plot.Chart;
import dev.sublinear.evaluation.plot.Scale;
import dev.sublinear.evaluation.plot.Series;
import dev.sublinear.evaluation.plot.Series.Point;
import java.util.ArrayList;
import java.util.List;

/** E: how far a cache is from the theorem's setting, at the same number of keys. */
final class LevelsPlot implements Plot {

    @Override
    public String title() {
        return "E. How far is a cache from the theorem?";
    }

    @Override
    public String caption(Findings findings) {
        return "The share of the full attention of 32 queries that lies on kept keys. Uppermost: each query chooses its own keys, "
                + "with knowledge of its row, which is what the theorems speak of. Then one set for all 32 queries, chosen with "
                + "knowledge of them. Below: what each scorer holds, which knows only the past. Right: whether more attention kept is less "
                + "divergence; it need not be."
                + chance(findings);
    }

    /** Which scorers are no better than evicting at random, and why that can be. */
    private static String chance(Findings findings) {
        int longest = findings.plan().length();
        List<Summary> last = findings.at(longest).stream()
                .filter(summary -> base(findings).contains(summary.setting()))
                .toList();
        List<Summary> random = last.stream()
                .filter(summary -> summary.setting().scorer().equals("random"))
                .toList();
        List<String> worse = random.isEmpty()
                ? List.of()
                : last.stream()
                        .filter(summary ->
                                summary.kl().mean() > random.get(0).kl().mean())
                        .map(summary -> summary.setting().scorer())
                        .toList();
        if (random.isEmpty()) {
            return "";
        }
        return worse.isEmpty()
                ? " Random eviction is the worst after " + longest + " tokens."
                : " Random eviction is not the worst in KL: after " + longest + " tokens it diverges less than "
                        + String.join(", ", worse)
                        + ". To predict running text a model mostly needs its newest tokens, and of "
                        + "those chance keeps an even share, while a score that prefers one kind of token gives up whole "
                        + "passages. What is asked for later is another matter: see what is remembered.";
    }

    @Override
    public List<Chart> panels(Findings findings) {
        List<Setting> settings = base(findings);
        List<Series> masses = new ArrayList<>();
        List<Series> divergences = new ArrayList<>();
        if (!settings.isEmpty()) {
            masses.add(Lines.of(
                    findings, settings.get(0), "per-query oracle", 6, 512, at -> new Point(at.n(), at.perQueryMass())));
            masses.add(Lines.of(
                    findings, settings.get(0), "one-set oracle", 7, 512, at -> new Point(at.n(), at.oneSetMass())));
        }
        for (int i = 0; i < settings.size(); i++) {
            Setting setting = settings.get(i);
            int colour = i < 6 ? i : i + 2;
            masses.add(Lines.of(findings, setting, setting.scorer(), colour, 512, at -> new Point(at.n(), at.mass())));
            divergences.add(Lines.kl(findings, setting, setting.scorer(), colour, 512));
        }
        String budget = settings.isEmpty() ? "" : settings.get(0).budget();
        return List.of(
                new Chart(
                        "Attention kept, " + budget,
                        "tokens seen, n",
                        "share of the full attention",
                        Scale.DOUBLINGS,
                        Scale.LINEAR,
                        masses),
                new Chart(
                        "Divergence, " + budget,
                        "tokens seen, n",
                        "KL, nats",
                        Scale.DOUBLINGS,
                        Scale.LINEAR,
                        divergences));
    }

    /** All scorers under the budget that most of them have. */
    static List<Setting> base(Findings findings) {
        List<Setting> exact = findings.summaries().stream()
                .map(Summary::setting)
                .distinct()
                .filter(setting -> setting.precision().equals(Models.EXACT))
                .toList();
        String budget = exact.stream()
                .map(Setting::budget)
                .max(java.util.Comparator.comparingLong((String one) -> exact.stream()
                        .filter(setting -> setting.budget().equals(one))
                        .count()))
                .orElse("");
        return exact.stream().filter(setting -> setting.budget().equals(budget)).toList();
    }
}
