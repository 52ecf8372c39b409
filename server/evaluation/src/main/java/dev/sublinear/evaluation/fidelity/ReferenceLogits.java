package dev.sublinear.evaluation.fidelity;

import dev.sublinear.evaluation.statistics.Logits;

/** The next-token distribution of the full cache at one position, which those of settings are compared with. */
public final class ReferenceLogits {
    private final float[] logits;
    private final double[] probabilities;
    private final double logSumExp;
    private final int likeliest;

    /** @param logits one for each token of the vocabulary */
    public ReferenceLogits(float[] logits) {
        this.logits = logits;
        this.probabilities = new double[logits.length];
        this.likeliest = Logits.likeliest(logits);
        double most = logits[likeliest];
        double sum = 0; // in the order of Logits.logSumExp: the divergence of a row from itself is zero exactly
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = Math.exp(logits[i] - most);
            sum += probabilities[i];
        }
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] /= sum;
        }
        this.logSumExp = most + Math.log(sum);
    }

    /**
     * Another row beside this one.
     *
     * @param kl KL divergence from this distribution to the other, nats
     * @param logSumExp of the other row
     * @param agrees whether both have the same likeliest token
     */
    public record Comparison(double kl, double logSumExp, boolean agrees) {}

    /** Compares another row of logits over the same vocabulary. */
    public Comparison compare(float[] other) {
        double otherLogSumExp = Logits.logSumExp(other);
        double difference = 0;
        for (int i = 0; i < logits.length; i++) {
            difference += probabilities[i] * ((double) logits[i] - other[i]);
        }
        double kl = difference - (logSumExp - otherLogSumExp);
        return new Comparison(
                Math.max(0, kl), otherLogSumExp, Logits.likeliest(other) == likeliest); // below zero is rounding
    }

    /** Returns the negative log-likelihood of a token, nats. */
    double nll(int token) {
        return logSumExp - logits[token];
    }
}
