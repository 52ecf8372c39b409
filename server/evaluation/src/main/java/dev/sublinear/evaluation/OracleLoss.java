package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The weight that the k largest entries of each query's row do not have, the mean over layers, heads and queries: what the
 * paper's claims are about. A cache cannot do this: it holds one set for all queries to come.
 *
 * @param rule how k grows with n
 */
public record OracleLoss(int seen, String rule, int k, double mass) {

    /** Rules that all allow 16 keys after 128 tokens, so that only their growth differs. */
    record Rule(String name, DoubleUnaryOperator growth) {
        private static final int KEYS = 16;

        int keys(int seen) {
            double ratio = growth.applyAsDouble(seen) / growth.applyAsDouble(Grid.FIRST);
            return (int) Math.min(seen, Math.round(KEYS * ratio));
        }
    }

    static final List<Rule> RULES = rules();

    private static List<Rule> rules() {
        List<Rule> rules = new ArrayList<>();
        rules.add(new Rule("constant", n -> 1));
        rules.add(new Rule("√log n", n -> Math.sqrt(Math.log(n))));
        rules.add(new Rule("log n", Math::log));
        for (double exponent : new double[] {0.25, 0.5, 0.75, 1}) {
            String name = exponent == 1 ? "n" : "n^" + exponent;
            rules.add(new Rule(name, n -> Math.pow(n, exponent)));
        }
        return List.copyOf(rules);
    }
}
