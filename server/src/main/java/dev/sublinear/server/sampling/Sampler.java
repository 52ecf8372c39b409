package dev.sublinear.server.sampling;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Chooses tokens for one sequence: penalties and bias, then temperature, top-k, top-p and min-p, then a draw.
 * Owned by one thread; what it needs for a token is allocated with the first.
 */
public final class Sampler {
    /** Beyond this, inserting the best one by one would be slower than to sort all. */
    private static final int MOST_INSERTED = 1024;

    private final SamplingParams params;
    private final RandomStream random;
    private final BitSet occurred = new BitSet(); // in the prompt or the answer
    private int[] counts = {}; // in the answer

    private float[] scores = {};
    private double[] weights = {};
    private long[] ids = {};

    /**
     * For one sequence.
     *
     * @param prompt what a repetition penalty counts beside the answer
     */
    public Sampler(SamplingParams params, int... prompt) {
        this.params = params;
        this.random = new RandomStream(params.seed());
        if (params.penalties().repetition() != 1) {
            Arrays.stream(prompt).forEach(occurred::set);
        }
    }

    /**
     * Returns the id of the chosen token; of equally likely ones, the lower ids rank first. Penalties will count it.
     *
     * @param logits one for each id, all finite; they stay as they are
     * @param position how many tokens have been chosen before: the place in the random stream
     * @throws NonFiniteLogitsException if a logit is not finite
     */
    public int sample(float[] logits, int position) {
        return sample(logits, position, TokenMask.ALL);
    }

    /**
     * The same, of some tokens only.
     *
     * @param mask not empty
     */
    public int sample(float[] logits, int position, TokenMask mask) {
        load(logits);
        restrict(mask);
        int best = highest();
        int id = params.temperature() == 0 ? best : draw(candidates(best), random.at(position));
        counts[id]++;
        occurred.set(id);
        return id;
    }

    /** Copies the logits into the scores, with penalties and bias. */
    private void load(float[] logits) {
        if (scores.length != logits.length) {
            scores = new float[logits.length];
            weights = new double[logits.length];
            ids = new long[logits.length];
            counts = Arrays.copyOf(counts, logits.length);
        }
        for (int id = 0; id < logits.length; id++) {
            if (!Float.isFinite(logits[id])) {
                throw new NonFiniteLogitsException(id, logits[id]);
            }
            scores[id] = logits[id];
        }
        if (!params.penalties().equals(Penalties.NONE)) {
            for (int id = occurred.nextSetBit(0); id >= 0 && id < scores.length; id = occurred.nextSetBit(id + 1)) {
                scores[id] = penalised(scores[id], counts[id]);
            }
        }
        params.logitBias().forEach((id, bias) -> scores[id] = finite(scores[id] + bias));
    }

    private void restrict(TokenMask mask) {
        if (!mask.isAll()) {
            for (int id = 0; id < scores.length; id++) {
                if (!mask.allows(id)) {
                    scores[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }

    private float penalised(double logit, int count) {
        Penalties penalties = params.penalties();
        double repeated = logit > 0 ? logit / penalties.repetition() : logit * penalties.repetition();
        double present = count > 0 ? penalties.presence() : 0;
        return finite(repeated - present - count * penalties.frequency());
    }

    private static float finite(double score) {
        return (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, score));
    }

    private int highest() {
        int best = 0;
        for (int id = 1; id < scores.length; id++) {
            if (scores[id] > scores[best]) {
                best = id;
            }
        }
        return best;
    }

    /**
     * Puts what may be drawn first among the ids; ranked, where a rank was needed to find them, else ascending. Returns
     * how many they are.
     */
    private int candidates(int best) {
        int count = ascending();
        if (params.topK() > 0 && params.topK() < count) {
            count = likeliest(params.topK(), count);
        }
        for (int i = 0; i < count; i++) {
            int id = (int) ids[i];
            weights[id] = Math.exp(((double) scores[id] - scores[best]) / params.temperature());
        }
        if (params.topP() < 1) {
            count = nucleus(count, best);
        }
        return params.minP() > 0 ? atLeast(params.minP(), count) : count;
    }

    /** Puts all that may be chosen first among the ids. */
    private int ascending() {
        int count = 0;
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] != Float.NEGATIVE_INFINITY) {
                ids[count++] = id;
            }
        }
        return count;
    }

    /** Puts so many of the ids first, as {@link #rank} would, without ranking the others where that is less work. */
    private int likeliest(int kept, int count) {
        if (kept > MOST_INSERTED) {
            rank(count);
            return kept;
        }
        int found = 0;
        for (int i = 0; i < count; i++) { // the best so far are keys, in order, in places already read
            long key = key(ids[i]);
            if (found < kept || key < ids[found - 1]) {
                int place = -1 - Arrays.binarySearch(ids, 0, found, key);
                found = Math.min(found + 1, kept);
                System.arraycopy(ids, place, ids, place + 1, found - 1 - place);
                ids[place] = key;
            }
        }
        keysToIds(found);
        return found;
    }

    /*
     * To sort a large vocabulary for each token would cost more than to choose from it. Tokens with at most (1 - p)/n of
     * the probability have together at most 1 - p, so the others have at least p and the nucleus lies among them: only
     * they are sorted, usually a few dozen.
     */
    private int nucleus(int count, int best) {
        double total = total(count);
        double negligible = (1 - params.topP()) / count * total;
        int ranked = 0;
        for (int i = 0; i < count; i++) {
            if (ids[i] == best || weights[(int) ids[i]] > negligible) {
                ids[ranked++] = ids[i];
            }
        }
        rank(ranked);
        double mass = 0;
        int size = 0;
        while (size < ranked && mass < params.topP() * total) {
            mass += weights[(int) ids[size++]];
        }
        return size;
    }

    private int atLeast(double weight, int count) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (weights[(int) ids[i]] >= weight) {
                ids[kept++] = ids[i];
            }
        }
        return kept;
    }

    /** Sorts the first ids by falling score, then rising id. */
    private void rank(int count) {
        for (int i = 0; i < count; i++) {
            ids[i] = key(ids[i]);
        }
        Arrays.sort(ids, 0, count);
        keysToIds(count);
    }

    /** Returns a number that is the smaller the higher the score, and of equal scores the lower the id. */
    private long key(long id) {
        return ((long) ~ascendingBits(scores[(int) id]) << Integer.SIZE) | id;
    }

    private void keysToIds(int count) {
        for (int i = 0; i < count; i++) {
            ids[i] &= 0xFFFFFFFFL;
        }
    }

    /** Returns bits that are ordered as ints like the floats are; both zeros are one. */
    private static int ascendingBits(float value) {
        int bits = Float.floatToIntBits(value + 0f);
        return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    }

    private int draw(int count, double uniform) {
        double left = uniform * total(count);
        for (int i = 0; i < count; i++) {
            left -= weights[(int) ids[i]];
            if (left < 0) {
                return (int) ids[i];
            }
        }
        return (int) ids[count - 1]; // rounding used up the last of the mass
    }

    private double total(int count) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[(int) ids[i]];
        }
        return total;
    }
}
