package dev.sublinear.engine.sampling;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Chooses tokens for one sequence: bias, penalties and mask, then temperature, top-k, top-p and min-p, then a draw. That
 * is the order in which Hugging Face transformers applies its processors. Owned by one thread.
 */
public final class Sampler {
    /** Beyond this, inserting the best one by one would be slower than to sort all. */
    private static final int MOST_INSERTED = 1024;

    /** Buckets of scores for each factor e of probability. */
    private static final int BUCKETS_OF_ONE = 32;

    static final int BUCKETS = 64 * BUCKETS_OF_ONE;

    /** Tokens that are weighed at a time, where not all blocks of so few would have a place among the masses. */
    private static final int LEAST_BLOCK = 1024;

    private static final float[] NONE = {};

    private final SamplingParams params;
    private final RandomStream random;
    private final boolean penalises;
    private final BitSet occurred = new BitSet(); // in the prompt or the answer
    private int[] counts = {}; // in the answer

    // The arrays of this thread's Workspace, while a token is chosen.
    private float[] scores = NONE;
    private double[] weights = {};
    private long[] ids = {};
    private double[] masses = {};
    private int inBucket;

    /**
     * For one sequence.
     *
     * @param prompt what a repetition penalty counts beside the answer
     */
    public Sampler(SamplingParams params, int... prompt) {
        this.params = params;
        this.random = new RandomStream(params.seed());
        this.penalises = !params.penalties().equals(Penalties.NONE);
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
        borrow(logits.length);
        int best = highest(logits, mask);
        int id = params.temperature() == 0 ? best : drawn(best, random.at(position));
        scores = NONE; // they may be the logits, which are not to be held
        count(id);
        return id;
    }

    private void borrow(int size) {
        Workspace workspace = Workspace.of(size);
        scores = workspace.scores;
        weights = workspace.weights;
        ids = workspace.ids;
        masses = workspace.masses;
    }

    private void count(int id) {
        if (penalises) {
            counts = counts.length > id ? counts : Arrays.copyOf(counts, Math.max(id + 1, 2 * counts.length));
            counts[id]++;
            occurred.set(id);
        }
    }

    /** Sets the scores, and returns the id of the highest. */
    private int highest(float[] logits, TokenMask mask) {
        int best = finiteHighest(logits);
        if (!penalises && params.logitBias().isEmpty() && mask.isAll()) {
            scores = logits;
            return best;
        }
        System.arraycopy(logits, 0, scores, 0, logits.length);
        params.logitBias().forEach((id, bias) -> scores[id] = finite(scores[id] + bias));
        if (penalises) {
            for (int id = occurred.nextSetBit(0); id >= 0 && id < scores.length; id = occurred.nextSetBit(id + 1)) {
                scores[id] = penalised(scores[id], id < counts.length ? counts[id] : 0);
            }
        }
        if (!mask.isAll()) {
            mask.restrict(scores);
        }
        return highest(scores);
    }

    private static int finiteHighest(float[] logits) {
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

    private static int highest(float[] scores) {
        int best = 0;
        for (int id = 1; id < scores.length; id++) {
            if (scores[id] > scores[best]) {
                best = id;
            }
        }
        return best;
    }

    private float penalised(double score, int count) {
        Penalties penalties = params.penalties();
        double repeated = score > 0 ? score / penalties.repetition() : score * penalties.repetition();
        double present = count > 0 ? penalties.presence() : 0;
        return finite(repeated - present - count * penalties.frequency());
    }

    private static float finite(double score) {
        return (float) Math.max(-Float.MAX_VALUE, Math.min(Float.MAX_VALUE, score));
    }

    private int drawn(int best, double uniform) {
        boolean restricted = params.topK() > 0 || params.topP() < 1;
        return restricted ? draw(candidates(best), uniform) : drawOfAll(best, uniform);
    }

    /** Weighs all, block by block, finds the block and draws from it; what min-p or the mask leaves out weighs nothing. */
    private int drawOfAll(int best, double uniform) {
        int size = Math.max(LEAST_BLOCK, (scores.length + masses.length - 1) / masses.length);
        int blocks = 0;
        double total = 0;
        for (int from = 0; from < scores.length; from += size) {
            double mass = weigh(from, Math.min(from + size, scores.length), scores[best]);
            masses[blocks++] = mass;
            total += mass;
        }
        double left = uniform * total;
        int block = 0;
        while (block < blocks - 1 && left >= masses[block]) {
            left -= masses[block++];
        }
        for (int id = block * size; id < Math.min((block + 1) * size, scores.length); id++) {
            left -= weights[id];
            if (left < 0) {
                return id;
            }
        }
        return best; // rounding used up the last of the mass
    }

    /** Weighs some tokens and returns the sum. In plain loops, which the compiler can turn into vector instructions. */
    private double weigh(int from, int to, double highest) {
        scale(scores, highest, 1 / params.temperature(), weights, from, to);
        Exponential.ofAll(weights, from, to);
        if (params.minP() > 0) {
            dropBelow(params.minP(), weights, from, to);
        }
        return sum(weights, from, to);
    }

    private static void scale(float[] scores, double highest, double factor, double[] scaled, int from, int to) {
        for (int id = from; id < to; id++) {
            scaled[id] = (scores[id] - highest) * factor;
        }
    }

    private static void dropBelow(double least, double[] weights, int from, int to) {
        for (int id = from; id < to; id++) {
            weights[id] = weights[id] < least ? 0 : weights[id];
        }
    }

    /** In four sums, because each addition waits for the one before. */
    private static double sum(double[] weights, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int id = from;
        for (; id + 3 < to; id += 4) {
            a += weights[id];
            b += weights[id + 1];
            c += weights[id + 2];
            d += weights[id + 3];
        }
        for (; id < to; id++) {
            a += weights[id];
        }
        return a + b + (c + d);
    }

    /** How likely a token is beside the likeliest. */
    private double weight(double score, double highest) {
        return Exponential.of((score - highest) / params.temperature());
    }

    /**
     * Puts the ids that can be drawn first: ranked if a rank was needed to find them, else ascending. Returns their
     * number.
     */
    private int candidates(int best) {
        int count = ascending();
        if (params.topK() > 0 && params.topK() < count) {
            count = likeliest(params.topK(), count);
        }
        for (int i = 0; i < count; i++) {
            weights[(int) ids[i]] = weight(scores[(int) ids[i]], scores[best]);
        }
        if (params.topP() < 1) {
            count = nucleus(count, best);
        }
        return params.minP() > 0 ? atLeast(params.minP(), count) : count;
    }

    /** Puts all allowed ids first, in ascending order. */
    private int ascending() {
        int count = 0;
        for (int id = 0; id < scores.length; id++) {
            if (scores[id] != Float.NEGATIVE_INFINITY) {
                ids[count++] = id;
            }
        }
        return count;
    }

    /** Ranks the {@code kept} likeliest ids to the front, as {@link #rank} would; sorts the others only if that is faster. */
    private int likeliest(int kept, int count) {
        if (kept > MOST_INSERTED) {
            rank(0, count);
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
        keysToIds(0, found);
        return found;
    }

    /*
     * To sort a large vocabulary for each token would cost more than to choose from it. So the tokens go into buckets by
     * score, the likeliest first; all of those before the bucket in which the mass is reached belong to the nucleus, and
     * only that bucket is sorted.
     */
    private int nucleus(int count, int best) {
        Arrays.fill(masses, 0);
        for (int i = 0; i < count; i++) {
            masses[bucket(ids[i], best)] += weights[(int) ids[i]];
        }
        double wanted = params.topP() * Arrays.stream(masses).sum();
        double mass = 0;
        int last = 0;
        while (last < BUCKETS - 1 && mass + masses[last] < wanted) {
            mass += masses[last++];
        }
        int size = split(count, best, last);
        int end = size + inBucket;
        rank(size, end);
        while (size < end && mass < wanted) {
            mass += weights[(int) ids[size++]];
        }
        return size;
    }

    private int bucket(long id, int best) {
        double below = ((double) scores[best] - scores[(int) id]) / params.temperature();
        return (int) Math.min(below * BUCKETS_OF_ONE, BUCKETS - 1);
    }

    /** Puts the ids of earlier buckets first, then those of the last; returns how many the former are. */
    private int split(int count, int best, int last) {
        int before = 0;
        int end = count;
        inBucket = 0;
        for (int i = 0; i < end; ) {
            long id = ids[i];
            int bucket = bucket(id, best);
            if (bucket < last) {
                ids[i++] = ids[before];
                ids[before++] = id;
            } else if (bucket == last) {
                inBucket++;
                i++;
            } else {
                ids[i] = ids[--end];
            }
        }
        return before;
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

    /** Sorts some ids by falling score, then rising id. */
    private void rank(int from, int to) {
        for (int i = from; i < to; i++) {
            ids[i] = key(ids[i]);
        }
        Arrays.sort(ids, from, to);
        keysToIds(from, to);
    }

    /** Returns a number that is the smaller the higher the score, and of equal scores the lower the id. */
    private long key(long id) {
        return ((long) ~ascendingBits(scores[(int) id]) << Integer.SIZE) | id;
    }

    private void keysToIds(int from, int to) {
        for (int i = from; i < to; i++) {
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
