package dev.sublinear.evaluation.attention;

import dev.sublinear.evaluation.setting.LengthGrid;
import dev.sublinear.evaluation.statistics.Bootstrap;
import dev.sublinear.evaluation.statistics.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/**
 * The attention weight that the per-query oracle misses: 1 less the weight of the k largest entries of a query's row, the mean
 * over layers, heads and queries. The paper's claims are about this loss. A cache cannot reach it: it holds one set of keys for
 * all queries to come.
 *
 * @param seen tokens, n
 * @param rule name of the growth rule that gives k
 * @param k keys that each query chooses
 * @param mass of the weight that is missed
 */
public record OracleLoss(int seen, String rule, int k, double mass) {

    /** A growth of k with n. All rules allow 16 keys at n = 128, so that they differ in nothing else. */
    public record GrowthRule(String name, DoubleUnaryOperator growth) {
        private static final int KEYS = 16;

        /** Returns k at n. */
        public int keys(int seen) {
            double ratio = growth.applyAsDouble(seen) / growth.applyAsDouble(LengthGrid.FIRST);
            return (int) Math.min(seen, Math.round(KEYS * ratio));
        }
    }

    public static final List<GrowthRule> RULES = rules();

    /** Returns the mean loss of a rule over documents at each n, ascending. */
    public static Map<Integer, Interval> byLength(List<DocumentAttention> documents, String rule) {
        Map<Integer, Interval> losses = new TreeMap<>();
        for (OracleLoss first : documents.get(0).oracleLosses()) {
            if (first.rule().equals(rule)) {
                losses.put(
                        first.seen(),
                        Bootstrap.mean(documents.stream()
                                .flatMap(document -> document.oracleLosses().stream())
                                .filter(loss -> loss.rule().equals(rule) && loss.seen() == first.seen())
                                .mapToDouble(OracleLoss::mass)
                                .toArray()));
            }
        }
        return losses;
    }

    private static List<GrowthRule> rules() {
        List<GrowthRule> rules = new ArrayList<>();
        rules.add(new GrowthRule("constant", n -> 1));
        rules.add(new GrowthRule("√log n", n -> Math.sqrt(Math.log(n))));
        rules.add(new GrowthRule("log n", Math::log));
        for (double exponent : new double[] {0.25, 0.5, 0.75, 1}) {
            String name = exponent == 1 ? "n" : "n^" + exponent;
            rules.add(new GrowthRule(name, n -> Math.pow(n, exponent)));
        }
        return List.copyOf(rules);
    }
}
