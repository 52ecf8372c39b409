package dev.sublinear.server.sampling;

import java.util.Arrays;

/** Chooses tokens for one sequence: temperature, then top-k, top-p and min-p, then a draw. */
public final class Sampler {
    /** Beyond this, inserting the best one by one would be slower than to sort all. */
    private static final int MOST_INSERTED = 1024;

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
        int best = highest(logits);
        if (params.temperature() == 0) {
            return best;
        }
        long[] ranked = candidates(logits, best);
        return draw(ranked, logits, best, random.at(position));
    }

    private static int highest(float[] logits) {
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
            ids = likeliest(params.topK(), ids, logits);
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

    /** Returns so many of the ids, as {@link #ranked} would begin, without ranking the others where that is less work. */
    private static long[] likeliest(int count, long[] ids, float[] logits) {
        if (count > MOST_INSERTED) {
            return Arrays.copyOf(ranked(ids, logits), count);
        }
        long[] keys = new long[count]; // the best so far, in order
        Arrays.fill(keys, Long.MAX_VALUE);
        for (long id : ids) {
            long key = key(id, logits);
            if (key < keys[count - 1]) {
                int place = -1 - Arrays.binarySearch(keys, key);
                System.arraycopy(keys, place, keys, place + 1, count - 1 - place);
                keys[place] = key;
            }
        }
        return idsOf(keys);
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
        Arrays.setAll(keys, i -> key(ids[i], logits));
        Arrays.sort(keys);
        return idsOf(keys);
    }

    /** Returns a number that is the smaller the higher the logit, and of equal logits the lower the id. */
    private static long key(long id, float[] logits) {
        return ((long) ~ascendingBits(logits[(int) id]) << Integer.SIZE) | id;
    }

    private static long[] idsOf(long... keys) {
        return Arrays.stream(keys).map(key -> key & 0xFFFFFFFFL).toArray();
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
