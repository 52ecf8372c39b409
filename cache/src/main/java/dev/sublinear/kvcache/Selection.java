package dev.sublinear.kvcache;

/**
 * Chooses the slots of a layer that stay.
 *
 * <p>In Java rather than in tensor operations, because what is evicted must be a function of the scores alone: the order
 * in which a tensor library ranks equal scores is not specified.
 */
final class Selection {
    private final Protection protection;
    private final int keep;

    /** @param keep how many slots stay in each head */
    Selection(Protection protection, int keep) {
        this.protection = protection;
        this.keep = keep;
    }

    /**
     * Returns the slots that stay, ascending.
     *
     * @param scores finite, one for each slot of a head
     * @param positions ascending, one for each slot of a head
     */
    long[] slots(double[] scores, int[] positions) {
        int length = scores.length;
        int evict = length - keep;
        double[] candidates = new double[length];
        int count = 0;
        for (int slot = 0; slot < length; slot++) {
            if (!isProtected(slot, length, positions[slot])) {
                candidates[count++] = scores[slot];
            }
        }
        if (count < evict) {
            throw new IllegalStateException(
                    "only " + count + " of " + length + " tokens are unprotected, and " + evict + " must go");
        }
        double threshold = OrderStatistic.of(candidates, count, evict - 1); // of those that go, the highest score
        int below = 0;
        for (int i = 0; i < count; i++) {
            if (candidates[i] < threshold) {
                below++;
            }
        }
        int ties = evict - below; // of those at the threshold, so many go: the oldest
        long[] kept = new long[keep];
        int at = 0;
        for (int slot = 0; slot < length; slot++) {
            if (!isProtected(slot, length, positions[slot]) && scores[slot] <= threshold) {
                boolean goes = scores[slot] < threshold || ties-- > 0;
                if (goes) {
                    continue;
                }
            }
            kept[at++] = slot;
        }
        return kept;
    }

    private boolean isProtected(int slot, int length, int position) {
        return position < protection.sinks()
                || slot >= length - protection.recent(keep)
                || protection.pinned().contains(position);
    }
}
