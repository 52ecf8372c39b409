package dev.sublinear.evaluation.attention;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

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
 * @param missed the weight that the largest 1, 2, 4 ... keys of a query leave out, the mean over the queries, 4 significant digits
 */
public record KeysNeeded(
        int seen,
        int layer,
        int head,
        @JsonProperty("tenth") double keys90,
        @JsonProperty("twentieth") double keys95,
        @JsonProperty("hundredth") double keys99,
        double perplexity,
        List<Double> missed) {
    /** The shares of the weight that may be missing: ε. */
    public static final List<Double> EPSILONS = List.of(0.1, 0.05, 0.01);

    /** Returns the keys for 1 - ε of the weight, ε being one of {@link #EPSILONS}. */
    public double keys(double epsilon) {
        return epsilon == 0.1 ? keys90 : epsilon == 0.05 ? keys95 : keys99;
    }

    /** Returns the weight that the largest {@code count} keys leave out, interpolated between the powers of two in logarithms. */
    public double missedBy(double count) {
        if (count >= seen) {
            return 0;
        }
        double place = Math.log(Math.max(1, count)) / Math.log(2);
        int below = (int) place;
        double low = missed.get(below);
        double high = missed.get(below + 1);
        return high <= 0 ? low * (below + 1 - place) : low * Math.pow(high / low, place - below);
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
                Quantiles.median(perplexity),
                missed(attention, firstRow, rows));
    }

    private static List<Double> missed(FullAttention attention, int firstRow, int rows) {
        List<Double> missed = new ArrayList<>();
        for (int count = 1; count < attention.length(firstRow); count *= 2) {
            double sum = 0;
            for (int row = firstRow; row < firstRow + rows; row++) {
                sum += 1 - attention.topWeight(row, count);
            }
            missed.add(Double.parseDouble(String.format(Locale.ROOT, "%.3e", Math.max(0, sum / rows))));
        }
        missed.add(0.0); // all keys
        return missed;
    }
}
