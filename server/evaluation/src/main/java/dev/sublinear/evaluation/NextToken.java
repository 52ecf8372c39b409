package dev.sublinear.evaluation;

/** What the reference expects as the next token: one row of its logits, to compare other rows with. */
final class NextToken {
    private final float[] logits;
    private final double[] probabilities;
    private final double logSum;
    private final int likeliest;

    NextToken(float[] logits) {
        this.logits = logits;
        this.probabilities = new double[logits.length];
        this.likeliest = likeliest(logits);
        double most = logits[likeliest];
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] = Math.exp(logits[i] - most);
            sum += probabilities[i];
        }
        for (int i = 0; i < logits.length; i++) {
            probabilities[i] /= sum;
        }
        this.logSum = most + Math.log(sum);
    }

    /** How another row compares: {@code kl} from this one to it in nats, and whether its likeliest token is the same. */
    record Comparison(double kl, double logSum, boolean agrees) {}

    Comparison with(float[] other) {
        double otherLogSum = logSum(other);
        double difference = 0;
        for (int i = 0; i < logits.length; i++) {
            difference += probabilities[i] * ((double) logits[i] - other[i]);
        }
        double kl = difference - (logSum - otherLogSum);
        return new Comparison(
                Math.max(0, kl), otherLogSum, likeliest(other) == likeliest); // rounding, not a distance, is below 0
    }

    /** The cost of a token in nats. */
    double nll(int token) {
        return logSum - logits[token];
    }

    /** The logarithm of the sum of the exponentials, summed in the order in which the constructor does. */
    static double logSum(float[] logits) {
        double most = logits[likeliest(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        return most + Math.log(sum);
    }

    /** The index of the largest logit, of equals the first. */
    static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
