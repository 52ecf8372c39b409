package dev.sublinear.server.sampling;

import java.util.Arrays;

/** Chooses tokens for one sequence: temperature, then top-k, top-p and min-p, then a draw. */
public final class Sampler {
    private final SamplingParams params;
    private final RandomStream random;

    public Sampler(SamplingParams params) {
        this.params = params;
        this.random = new RandomStream(params.seed());
    }

    /**
     * Returns the id of the chosen token; of equally likely ones, the lower ids rank first.
     *
     * @param logits one for each id, all finite
     * @param position how many tokens have been chosen before: the place in the random stream
     * @throws NonFiniteLogitsException if one is not
     */
    public int sample(float[] logits, int position) {
        int best = likeliest(logits);
        if (params.temperature() == 0) {
            return best;
        }
        long[] ranked = candidates(logits, best);
        return draw(ranked, logits, best, random.at(position));
    }

    private static int likeliest(float[] logits) {
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
            if (!Float.isFinite(logits[id])) {
                throw new NonFiniteLogitsException(id, logits[id]);
            }
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    /** Returns the ids that may be drawn; ranked, where a rank was needed to find them, else ascending. */
    private long[] candidates(float[] logits, int best) {
        long[] ids = ascending(logits.length);
        if (params.topK() > 0 && params.topK() < ids.length) {
            ids = Arrays.copyOf(ranked(ids, logits), params.topK());
        }
        if (params.topP() < 1) {
            ids = nucleus(ids, logits, best);
        }
        if (params.minP() > 0) {
            ids = Arrays.stream(ids)
                    .filter(id -> weight(logits, id, best) >= params.minP())
                    .toArray();
        }
        return ids;
    }

    private static long[] ascending(int count) {
        long[] ids = new long[count];
        Arrays.setAll(ids, id -> id);
        return ids;
    }

    /*
     * To sort a large vocabulary for each token would cost more than to choose from it. Tokens with at most (1 - p)/n of
     * the probability have together at most 1 - p, so the others have at least p and the nucleus lies among them: only
     * they are sorted, usually a few dozen.
     */
    private long[] nucleus(long[] ids, float[] logits, int best) {
        double total = total(ids, logits, best);
        double negligible = (1 - params.topP()) / ids.length * total;
        long[] ranked = ranked(
                Arrays.stream(ids)
                        .filter(id -> id == best || weight(logits, id, best) > negligible)
                        .toArray(),
                logits);
        double mass = 0;
        int size = 0;
        while (size < ranked.length && mass < params.topP() * total) {
            mass += weight(logits, ranked[size], best);
            size++;
        }
        return Arrays.copyOf(ranked, size);
    }

    /** Returns the ids by falling logit, then rising id. */
    private static long[] ranked(long[] ids, float[] logits) {
        long[] keys = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            keys[i] = ((long) ~ascendingBits(logits[(int) ids[i]]) << Integer.SIZE) | ids[i];
        }
        Arrays.sort(keys);
        for (int i = 0; i < keys.length; i++) {
            keys[i] &= 0xFFFFFFFFL;
        }
        return keys;
    }

    /** Returns bits that are ordered as ints like the floats are; both zeros are one. */
    private static int ascendingBits(float value) {
        int bits = Float.floatToIntBits(value + 0f);
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    private int draw(long[] ids, float[] logits, int best, double uniform) {
        double left = uniform * total(ids, logits, best);
        for (long id : ids) {
            left -= weight(logits, id, best);
            if (left < 0) {
                return (int) id;
            }
        }
        return (int) ids[ids.length - 1]; // rounding used up the last of the mass
    }

    private double total(long[] ids, float[] logits, int best) {
        double total = 0;
        for (long id : ids) {
            total += weight(logits, id, best);
        }
        return total;
    }

    /** Returns a token's probability over that of the likeliest. */
    private double weight(float[] logits, long id, int best) {
        return Math.exp(((double) logits[(int) id] - logits[best]) / params.temperature());
    }
}
