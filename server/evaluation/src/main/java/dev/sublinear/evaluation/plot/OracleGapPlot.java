package dev.sublinear.evaluation.plot;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.chart.Chart;
import dev.sublinear.evaluation.chart.Scale;
import dev.sublinear.evaluation.chart.Series;
import dev.sublinear.evaluation.chart.Series.Point;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.Setting;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** E: the attention on kept keys beside the oracles' with the same number of keys, and the divergence. */
final class OracleGapPlot implements Plot {

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

    /** Says which scorers are worse than evicting at random, and why that can be. */
    private static String chance(Findings findings) {
        int longest = findings.plan().length();
        List<SettingSummary> last = findings.at(longest).stream()
                .filter(summary -> base(findings).contains(summary.setting()))
                .toList();
        List<SettingSummary> random = last.stream()
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
            masses.add(SettingSeries.of(
                    findings, settings.get(0), "per-query oracle", 6, 512, at -> new Point(at.n(), at.perQueryMass())));
            masses.add(SettingSeries.of(
                    findings, settings.get(0), "one-set oracle", 7, 512, at -> new Point(at.n(), at.oneSetMass())));
        }
        for (int i = 0; i < settings.size(); i++) {
            Setting setting = settings.get(i);
            int colour = i < 6 ? i : i + 2;
            masses.add(SettingSeries.of(
                    findings, setting, setting.scorer(), colour, 512, at -> new Point(at.n(), at.mass())));
            divergences.add(SettingSeries.kl(findings, setting, setting.scorer(), colour, 512));
        }
        String budget = settings.isEmpty() ? "" : settings.get(0).title();
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

    /** Returns all scorers under the budget that most of them were measured with. */
    private static List<Setting> base(Findings findings) {
        List<Setting> exact = findings.summaries().stream()
                .map(SettingSummary::setting)
                .distinct()
                .filter(Setting::inExactPrecision)
                .toList();
        String budget = exact.stream()
                .map(Setting::title)
                .max(Comparator.comparingLong((String one) -> exact.stream()
                        .filter(setting -> setting.title().equals(one))
                        .count()))
                .orElse("");
        return exact.stream().filter(setting -> setting.title().equals(budget)).toList();
    }
}
