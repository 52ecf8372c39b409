package dev.sublinear.evaluation.fidelity;

import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.Arrays;

/**
 * How far a setting's next-token distributions are from the full cache's, over the positions that follow {@code from + 1} to
 * {@code to} tokens; nats.
 *
 * @param nllFull negative log-likelihood of the true next token with the full cache in the exact precision, the mean
 * @param nll the same under the setting
 * @param kl KL divergence from the full cache to the setting, the mean
 * @param klP95 its 95 % quantile
 * @param klP99 its 99 % quantile
 * @param agreement share of positions at which both have the same likeliest token
 * @param klUpTo the mean KL divergence over all positions that follow 1 to {@code to} tokens
 */
public record Divergence(
        int from,
        int to,
        double nllFull,
        double nll,
        double kl,
        double klP95,
        double klP99,
        double agreement,
        double klUpTo) {

    /** The same quantities at every position of a document; position i follows i + 1 tokens. */
    static final class Positions {
        private final double[] kl;
        private final double[] nllFull;
        private final double[] nll;
        private final boolean[] agrees;

        /** @param count of positions: one fewer than the document has tokens */
        Positions(int count) {
            kl = new double[count];
            nllFull = new double[count];
            nll = new double[count];
            agrees = new boolean[count];
        }

        /**
         * Compares a row of logits.
         *
         * @param next the true next token
         */
        void compare(int position, ReferenceLogits reference, float[] logits, int next) {
            ReferenceLogits.Comparison comparison = reference.compare(logits);
            kl[position] = comparison.kl();
            nllFull[position] = reference.nll(next);
            nll[position] = comparison.logSumExp() - logits[next];
            agrees[position] = comparison.agrees();
        }

        /** Records a position at which the setting still is the full cache. */
        void equal(int position, ReferenceLogits reference, int next) {
            nllFull[position] = reference.nll(next);
            nll[position] = nllFull[position];
            agrees[position] = true;
        }

        /** Returns the means over the positions that follow {@code from + 1} to {@code to} tokens. */
        Divergence between(int from, int to) {
            int end = Math.min(to, kl.length);
            double[] sorted = Arrays.copyOfRange(kl, from, end);
            Arrays.sort(sorted);
            int agreeing = 0;
            for (int i = from; i < end; i++) {
                agreeing += agrees[i] ? 1 : 0;
            }
            return new Divergence(
                    from,
                    to,
                    mean(nllFull, from, end),
                    mean(nll, from, end),
                    mean(kl, from, end),
                    Quantiles.quantile(sorted, 0.95),
                    Quantiles.quantile(sorted, 0.99),
                    (double) agreeing / (end - from),
                    mean(kl, 0, end));
        }

        private static double mean(double[] values, int from, int to) {
            return Arrays.stream(values, from, to).average().orElseThrow();
        }
    }
}
