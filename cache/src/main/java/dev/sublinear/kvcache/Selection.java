package dev.sublinear.kvcache;

import java.util.stream.IntStream;

/**
 * Chooses the tokens of a head that stay, and the slots that they have then.
 *
 * <p>In Java rather than in tensor operations, because what is evicted must be a function of the scores alone: the order
 * in which a tensor library ranks equal scores is not specified.
 */
final class Selection {
    /** The score of what goes before anything else, whatever protects it. */
    static final double WORTHLESS = Double.NEGATIVE_INFINITY;

    private final Protection protection;
    private final int seen;
    private final int keep;

    /** @param keep how many tokens of the head stay, at most as many as it holds */
    Selection(Protection protection, int seen, int keep) {
        this.protection = protection;
        this.seen = seen;
        this.keep = keep;
    }

    /**
     * Returns for each slot that stays in use the slot whose token it has then: its own where that stays, else one from
     * beyond those slots. So a trim moves no more tokens than it evicts.
     *
     * @param scores finite or {@link #WORTHLESS}, one for each slot of a head
     * @param positions one for each slot of a head, all different
     */
    int[] slots(double[] scores, int[] positions) {
        if (keep == scores.length) {
            return IntStream.range(0, keep).toArray();
        }
        boolean[] goes = evicted(scores, positions);
        int[] slots = new int[keep];
        int next = keep;
        for (int slot = 0; slot < keep; slot++) {
            slots[slot] = slot;
            if (goes[slot]) {
                while (goes[next]) {
                    next++;
                }
                slots[slot] = next++;
            }
        }
        return slots;
    }

    private boolean[] evicted(double[] scores, int[] positions) {
        int length = scores.length;
        int evict = length - keep;
        double[] candidates = new double[length];
        int count = 0;
        for (int slot = 0; slot < length; slot++) {
            if (!isProtected(scores[slot], positions[slot])) {
                candidates[count++] = scores[slot];
            }
        }
        if (count < evict) {
            throw new IllegalStateException(
                    "only " + count + " of " + length + " tokens are unprotected, and " + evict + " must go");
        }
        double threshold = OrderStatistic.of(candidates, count, evict - 1); // of those that go, the highest score
        boolean[] goes = new boolean[length];
        int ties = 0;
        int below = 0;
        for (int slot = 0; slot < length; slot++) {
            if (scores[slot] <= threshold && !isProtected(scores[slot], positions[slot])) {
                if (scores[slot] < threshold) {
                    goes[slot] = true;
                    below++;
                } else {
                    candidates[ties++] = positions[slot];
                }
            }
        }
        double oldest =
                OrderStatistic.of(candidates, ties, evict - below - 1); // of those at the threshold the older go
        for (int slot = 0; slot < length; slot++) {
            if (scores[slot] == threshold && positions[slot] <= oldest && !isProtected(scores[slot], positions[slot])) {
                goes[slot] = true;
            }
        }
        return goes;
    }

    private boolean isProtected(double score, int position) {
        return score > WORTHLESS
                && (position < protection.sinks()
                        || position >= seen - protection.recent(keep)
                        || protection.pinned().contains(position));
    }
}
