package dev.sublinear.engine.sampling;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * How likely the model found a token, before penalties, bias and temperature, in natural logarithms.
 *
 * @param chosen of the token itself
 * @param top the likeliest tokens at its place, likeliest first; of equally likely ones the lower ids
 */
public record Logprobs(double chosen, List<Candidate> top) {
    /** Those of a token without: not asked for, or the first of a prompt. */
    public static final Logprobs NONE = new Logprobs(Double.NaN, List.of());

    private static final Comparator<Candidate> LIKELIER =
            Comparator.comparingDouble(Candidate::logprob).reversed().thenComparingInt(Candidate::id);

    /** One of the likeliest. */
    public record Candidate(int id, double logprob) {}

    public Logprobs {
        top = List.copyOf(top);
    }

    /**
     * Returns how likely a token was.
     *
     * @param logits one for each id
     * @param alternatives how many of the likeliest to tell
     * @throws NonFiniteLogitsException if a logit is not finite
     */
    public static Logprobs of(float[] logits, int id, int alternatives) {
        double normal = logSumExp(logits);
        PriorityQueue<Candidate> best = new PriorityQueue<>(LIKELIER.reversed());
        for (int other = 0; other < logits.length && alternatives > 0; other++) {
            if (best.size() < alternatives) {
                best.add(new Candidate(other, logits[other] - normal));
            } else if (logits[other] - normal > best.element().logprob()) {
                best.remove();
                best.add(new Candidate(other, logits[other] - normal));
            }
        }
        return new Logprobs(logits[id] - normal, best.stream().sorted(LIKELIER).toList());
    }

    private static double logSumExp(float[] logits) {
        double most = Double.NEGATIVE_INFINITY;
        for (int id = 0; id < logits.length; id++) {
            if (!Float.isFinite(logits[id])) {
                throw new NonFiniteLogitsException(id, logits[id]);
            }
            most = Math.max(most, logits[id]);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Exponential.of(logit - most);
        }
        return most + Math.log(sum);
    }
}
