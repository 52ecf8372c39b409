package dev.sublinear.evaluation;

/**
 * How many keys a query head needs after so many tokens: medians over its newest 32 queries of the least number that has
 * 90, 95 and 99 % of the weight, and of the exponential of the entropy.
 */
public record Need(int seen, int layer, int head, double tenth, double twentieth, double hundredth, double perplexity) {

    /** The shares of the weight that may be missing. */
    static final double[] EPSILONS = {0.1, 0.05, 0.01};

    double keys(double epsilon) {
        return epsilon == 0.1 ? tenth : epsilon == 0.05 ? twentieth : hundredth;
    }

    static Need of(int seen, int layer, int head, HeadAttention attention, int firstRow, int rows) {
        double[][] counts = new double[EPSILONS.length][rows];
        double[] perplexity = new double[rows];
        for (int row = 0; row < rows; row++) {
            for (int e = 0; e < EPSILONS.length; e++) {
                counts[e][row] = attention.enough(firstRow + row, EPSILONS[e]);
            }
            perplexity[row] = Math.exp(attention.entropy(firstRow + row));
        }
        return new Need(
                seen,
                layer,
                head,
                Statistics.median(counts[0]),
                Statistics.median(counts[1]),
                Statistics.median(counts[2]),
                Statistics.median(perplexity));
    }
}
