package dev.sublinear.kvcache.storage;

import java.util.Arrays;

/** Where the rows of each key-value head lie in a layer's storage: one head after the other, each with a capacity of its own. */
public final class HeadRows {
    private final int[] ends;

    /** @param capacities rows of each head */
    public HeadRows(int[] capacities) {
        this.ends = capacities.clone();
        Arrays.parallelPrefix(ends, Math::addExact);
    }

    public int heads() {
        return ends.length;
    }

    /** Returns the first row of a head, counted through all heads. */
    public int first(int head) {
        return head == 0 ? 0 : ends[head - 1];
    }

    public int capacity(int head) {
        return ends[head] - first(head);
    }

    /** Returns the rows of all heads together. */
    public int total() {
        return ends[ends.length - 1];
    }

    /** Whether each head has at least some rows. */
    public boolean hold(int[] rows) {
        for (int head = 0; head < rows.length; head++) {
            if (capacity(head) < rows[head]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HeadRows rows && Arrays.equals(rows.ends, ends);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ends);
    }
}
