package dev.sublinear.evaluation.attention;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.List;

/**
 * The number of keys that a query head needs for a share of its attention, the median over its newest queries. A query needs
 * k_ε keys: the least number that together have at least 1 - ε of its weight.
 *
 * @param seen tokens up to the newest query
 * @param head query head
 * @param keys90 for 90 % of the weight
 * @param keys95 for 95 % of the weight
 * @param keys99 for 99 % of the weight
 * @param perplexity the exponential of the entropy of the weights
 */
public record KeysNeeded(
        int seen,
        int layer,
        int head,
        @JsonProperty("tenth") double keys90,
        @JsonProperty("twentieth") double keys95,
        @JsonProperty("hundredth") double keys99,
        double perplexity) {
    /** The shares of the weight that may be missing: ε. */
    public static final List<Double> EPSILONS = List.of(0.1, 0.05, 0.01);

    /** Returns the keys for 1 - ε of the weight, ε being one of {@link #EPSILONS}. */
    public double keys(double epsilon) {
        return epsilon == 0.1 ? keys90 : epsilon == 0.05 ? keys95 : keys99;
    }

    /**
     * Counts the keys of one query head.
     *
     * @param seen tokens up to the newest query
     * @param firstRow of the head's queries in {@code attention}
     * @param rows number of its queries
     */
    public static KeysNeeded of(int seen, int layer, int head, FullAttention attention, int firstRow, int rows) {
        double[][] counts = new double[EPSILONS.size()][rows];
        double[] perplexity = new double[rows];
        for (int row = 0; row < rows; row++) {
            for (int e = 0; e < EPSILONS.size(); e++) {
                counts[e][row] = attention.keysFor(firstRow + row, EPSILONS.get(e));
            }
            perplexity[row] = Math.exp(attention.entropy(firstRow + row));
        }
        return new KeysNeeded(
                seen,
                layer,
                head,
                Quantiles.median(counts[0]),
                Quantiles.median(counts[1]),
                Quantiles.median(counts[2]),
                Quantiles.median(perplexity));
    }
}
