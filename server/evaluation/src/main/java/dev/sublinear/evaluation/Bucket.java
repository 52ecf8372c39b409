package dev.sublinear.evaluation;

import java.util.Arrays;

/**
 * A setting against the full cache at the positions that follow {@code from + 1} to {@code to} tokens; nats.
 *
 * @param nllFull mean cost of the true next token with the full cache, in full precision
 * @param nll the same under the setting
 * @param kl mean divergence of the next token, from the full cache to the setting
 * @param agreement share of positions at which both find the same token likeliest
 */
public record Bucket(
        int from, int to, double nllFull, double nll, double kl, double klP95, double klP99, double agreement) {

    /** Divergence and cost at every position of a document; position i follows i + 1 tokens. */
    static final class Positions {
        private final double[] kl;
        private final double[] nllFull;
        private final double[] nll;
        private final boolean[] agrees;

        /** @param count of predictions: a token fewer than the document has */
        Positions(int count) {
            kl = new double[count];
            nllFull = new double[count];
            nll = new double[count];
            agrees = new boolean[count];
        }

        void set(int position, NextToken reference, float[] logits, int next) {
            NextToken.Comparison comparison = reference.with(logits);
            kl[position] = comparison.kl();
            nllFull[position] = reference.nll(next);
            nll[position] = comparison.logSum() - logits[next];
            agrees[position] = comparison.agrees();
        }

        /** What a cache shows that is the reference's. */
        void same(int position, NextToken reference, int next) {
            nllFull[position] = reference.nll(next);
            nll[position] = nllFull[position];
            agrees[position] = true;
        }

        Bucket bucket(int from, int to) {
            int end = Math.min(to, kl.length);
            double[] sorted = Arrays.copyOfRange(kl, from, end);
            Arrays.sort(sorted);
            int agreeing = 0;
            for (int i = from; i < end; i++) {
                agreeing += agrees[i] ? 1 : 0;
            }
            return new Bucket(
                    from,
                    to,
                    mean(nllFull, from, end),
                    mean(nll, from, end),
                    mean(kl, from, end),
                    Statistics.quantile(sorted, 0.95),
                    Statistics.quantile(sorted, 0.99),
                    (double) agreeing / (end - from));
        }

        private static double mean(double[] values, int from, int to) {
            return Arrays.stream(values, from, to).average().orElseThrow();
        }
    }
}
