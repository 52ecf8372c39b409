package dev.sublinear.evaluation.report;

import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.attention.GrowthExponent;
import dev.sublinear.evaluation.attention.KeysNeeded;
import dev.sublinear.evaluation.attention.OracleLoss;
import dev.sublinear.evaluation.attention.OwnLaws;
import dev.sublinear.evaluation.comparison.BudgetComparison;
import dev.sublinear.evaluation.comparison.MixDivergence;
import dev.sublinear.evaluation.fidelity.SettingSummary;
import dev.sublinear.evaluation.setting.BudgetFamily;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.setting.StandardSettings;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The three claims of <a href="https://arxiv.org/abs/2404.02690">the paper</a>, and a verdict on each from the findings. Measurements
 * at a finite n can agree with an asymptotic statement or contradict it; they cannot prove it. The thresholds are ours.
 */
final class PaperClaims {
    private final Findings findings;

    PaperClaims(Findings findings) {
        this.findings = findings;
    }

    /** A claim, the verdict in a few words, and the figures that it rests on. */
    record Claim(String statement, String verdict, List<String> evidence) {}

    List<Claim> all() {
        return List.of(enough(), tooFew(), adaptive());
    }

    private Claim enough() {
        String statement = "1. The largest α·n^C of n attention entries suffice, with decreasing loss.";
        if (findings.attention().isEmpty()) {
            return new Claim(statement, "not measured", List.of());
        }
        List<String> evidence = new ArrayList<>();
        boolean below = true;
        for (double epsilon : KeysNeeded.EPSILONS) {
            Interval typical = GrowthExponent.typical(findings.attention(), need -> need.keys(epsilon));
            List<GrowthExponent.Head> heads = GrowthExponent.heads(findings.attention(), epsilon);
            double[] sorted = GrowthExponent.sorted(heads);
            long sublinear =
                    heads.stream().filter(head -> head.exponent().high() < 1).count();
            below &= typical.high() < 1;
            evidence.add(String.format(
                    Locale.ROOT,
                    "Keys for %.0f %% of the attention grow as n^C with C = %.2f [%.2f, %.2f]; over the %d heads C has the quantiles "
                            + "%.2f (10 %%), %.2f (median), %.2f (90 %%), and its interval lies below 1 for %d of them.",
                    100 * (1 - epsilon),
                    typical.mean(),
                    typical.low(),
                    typical.high(),
                    heads.size(),
                    Quantiles.quantile(sorted, 0.1),
                    Quantiles.quantile(sorted, 0.5),
                    Quantiles.quantile(sorted, 0.9),
                    sublinear));
        }
        if (!findings.shuffledAttention().isEmpty()) {
            Interval twin = GrowthExponent.typical(findings.shuffledAttention(), KeysNeeded::keys95);
            evidence.add(String.format(
                    Locale.ROOT,
                    "With random weights C = %.2f [%.2f, %.2f] (95 %%).",
                    twin.mean(),
                    twin.low(),
                    twin.high()));
        }
        if (findings.attention().size() >= 2) {
            Map<Integer, Interval> own = OwnLaws.missed(findings.attention(), 0.05);
            evidence.add(
                    "With each head's own α·n^C, fitted for 95 % in every second document, the largest keys miss in the "
                            + "others: "
                            + own.entrySet().stream()
                                    .map(at -> at.getValue().text(3) + " at n = " + at.getKey())
                                    .collect(Collectors.joining(", "))
                            + ".");
        }
        boolean falls = true;
        for (String rule : List.of("n^0.5", "n^0.75")) {
            double slope = lossSlope(rule);
            falls &= slope < 0;
            evidence.add(String.format(
                    Locale.ROOT,
                    "Attention that the per-query oracle misses with k ∝ %s: %s from n = %d to %d (slope of its logarithm %+.2f).",
                    rule,
                    ends(rule),
                    GrowthExponent.FROM,
                    findings.plan().length(),
                    slope));
        }
        evidence.addAll(ofACache(List.of("n^0.5", "n^0.75")));
        String verdict = below && falls
                ? "consistent with it here"
                : below
                        ? "half of it here: fewer than n keys suffice, but the loss at these C does not fall"
                        : "not seen here";
        return new Claim(statement, verdict, evidence);
    }

    /** Returns the KL divergence of caches with these growths: unlike the oracle, a cache holds one key set for all queries to come. */
    private List<String> ofACache(List<String> rules) {
        List<String> lines = new ArrayList<>();
        for (Setting setting : StandardSettings.growthAmong(findings.plan().settings(), findings.grid())) {
            List<SettingSummary> summaries = findings.summaries().stream()
                    .filter(summary -> summary.setting().equals(setting) && summary.n() > 2 * GrowthExponent.FROM)
                    .toList();
            if (rules.contains(BudgetFamily.growth(setting)) && !summaries.isEmpty()) {
                SettingSummary first = summaries.get(0);
                SettingSummary last = summaries.get(summaries.size() - 1);
                lines.add(String.format(
                        Locale.ROOT,
                        "KL of a cache by %s with 64 tokens at n = 256 and growth by %s: %.3f [%.3f, %.3f] at n = %d, %.3f [%.3f, %.3f] at %d.",
                        setting.scorer(),
                        BudgetFamily.growth(setting),
                        first.kl().mean(),
                        first.kl().low(),
                        first.kl().high(),
                        first.n(),
                        last.kl().mean(),
                        last.kl().low(),
                        last.kl().high(),
                        last.n()));
            }
        }
        return lines;
    }

    /** Returns the slope of the logarithm of the oracle's loss over the logarithm of n. */
    private double lossSlope(String rule) {
        TreeMap<Integer, Double> logs = new TreeMap<>();
        losses(rule).forEach((n, mass) -> logs.put(n, Math.log(mass.mean())));
        return GrowthExponent.slope(logs);
    }

    /** Returns the first and the last loss of the oracle in words. */
    private String ends(String rule) {
        NavigableMap<Integer, Interval> losses = losses(rule);
        return String.format(
                Locale.ROOT,
                "%.3f to %.3f",
                losses.firstEntry().getValue().mean(),
                losses.lastEntry().getValue().mean());
    }

    /** Returns the loss of the per-query oracle at each n from {@link GrowthExponent#FROM} on. */
    private NavigableMap<Integer, Interval> losses(String rule) {
        NavigableMap<Integer, Interval> losses = new TreeMap<>(OracleLoss.byLength(findings.attention(), rule));
        losses.headMap(GrowthExponent.FROM).clear();
        return losses;
    }

    private Claim tooFew() {
        String statement = "2. With o(log n) entries the error stays at least constant.";
        if (findings.attention().isEmpty()) {
            return new Claim(statement, "not measured", List.of());
        }
        List<String> evidence = new ArrayList<>();
        boolean rises = true;
        for (String rule : List.of("constant", "√log n", "log n")) {
            double slope = lossSlope(rule);
            rises &= slope >= 0;
            evidence.add(String.format(
                    Locale.ROOT,
                    "Attention that the per-query oracle misses with k ∝ %s: %s (slope of its logarithm %+.2f).",
                    rule,
                    ends(rule),
                    slope));
        }
        evidence.addAll(ofACache(List.of("constant", "log n")));
        return new Claim(
                statement,
                rises ? "consistent with it here: the error does not fall" : "not seen here: the error falls",
                evidence);
    }

    private Claim adaptive() {
        String statement =
                "3. A budget of α·n^C that adapts to the context beats a fixed one when context lengths vary.";
        List<String> evidence = new ArrayList<>();
        Score mean = new Score();
        Score worst = new Score();
        for (BudgetComparison comparison : BudgetComparison.all(findings)) {
            if (comparison.sameFootprint()) {
                mean.add(comparison.meanDifference());
                worst.add(comparison.worstDifference());
                evidence.add(line(comparison));
            }
        }
        BudgetComparison.splits(findings).stream()
                .filter(comparison -> !BudgetFamily.isFixed(comparison.fixed().setting()))
                .forEach(comparison -> evidence.add(line(comparison)));
        String verdict = evidence.isEmpty()
                ? "not measured"
                : "At the same footprint, by the mean over a log-uniform mix of lengths: " + mean
                        + ". By the worst length: " + worst
                        + ". The table of plot D has every other fixed budget that was measured.";
        return new Claim(statement, verdict, evidence);
    }

    private static String line(BudgetComparison comparison) {
        MixDivergence law = comparison.law();
        MixDivergence fixed = comparison.fixed();
        return String.format(
                Locale.ROOT,
                "%s at %.0f %% of the full footprint, %s against %s: mean KL %.4f against %.4f, %s; worst length %.4f against %.4f, "
                        + "%s.",
                law.setting().scorer(),
                100 * law.footprintShare(),
                law.setting().title(),
                fixed.setting().title(),
                law.mean().mean(),
                fixed.mean().mean(),
                comparison.meanDifference().signed(4),
                law.worst().mean(),
                fixed.worst().mean(),
                comparison.worstDifference().signed(4));
    }

    /** Counts the comparisons that each side has won, by the interval of the difference. */
    private static final class Score {
        private int wins;
        private int losses;
        private int undecided;

        void add(Interval difference) {
            wins += difference.high() < 0 ? 1 : 0;
            losses += difference.low() > 0 ? 1 : 0;
            undecided += difference.low() <= 0 && difference.high() >= 0 ? 1 : 0;
        }

        private String verdict() {
            if (wins == 0) {
                return losses == 0 ? "nothing can be told" : "it does not hold here";
            }
            return losses > 0
                    ? "mixed here"
                    : "it holds here" + (undecided > 0 ? " where a difference can be told" : "");
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%s (the power law is better in %d comparisons, the fixed budget in %d, %d are too close to tell)",
                    verdict(),
                    wins,
                    losses,
                    undecided);
        }
    }
}
