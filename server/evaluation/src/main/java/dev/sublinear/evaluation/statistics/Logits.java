package dev.sublinear.evaluation.statistics;

/** Reads a row of logits, one for each token of the vocabulary. */
public final class Logits {
    private Logits() {}

    /** Returns the index of the largest logit, the first of equal ones: the greedy next token. */
    public static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }

    /** Returns ln Σ exp(logit), summed in the order of the vocabulary. */
    public static double logSumExp(float[] logits) {
        double most = logits[likeliest(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        return most + Math.log(sum);
    }
}
