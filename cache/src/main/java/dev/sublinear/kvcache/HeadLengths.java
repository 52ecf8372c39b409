package dev.sublinear.kvcache;

import java.util.Arrays;

/**
 * How many tokens a layer has seen, and how many of them each of its key-value heads holds. Changes as the layer does: do not
 * keep it.
 */
public final class HeadLengths {
    private final int[] evicted;
    private int seen;

    HeadLengths(int heads) {
        this.evicted = new int[heads];
    }

    private HeadLengths(int[] evicted, int seen) {
        this.evicted = evicted;
        this.seen = seen;
    }

    /** Returns those of a layer that has seen a number of tokens and holds some in each head. */
    public static HeadLengths of(int seen, int... held) {
        return new HeadLengths(Arrays.stream(held).map(length -> seen - length).toArray(), seen);
    }

    HeadLengths copy() {
        return new HeadLengths(evicted.clone(), seen);
    }

    public int heads() {
        return evicted.length;
    }

    public int seen() {
        return seen;
    }

    /** Returns how many of the tokens seen a head has lost. */
    int evicted(int head) {
        return evicted[head];
    }

    /** Whether any head has lost a token. */
    boolean haveLost() {
        return Arrays.stream(evicted).anyMatch(lost -> lost > 0);
    }

    public int length(int head) {
        return seen - evicted[head];
    }

    /** Returns the tokens that all heads hold together. */
    public long total() {
        return (long) seen * evicted.length
                - Arrays.stream(evicted).asLongStream().sum();
    }

    /** Returns the tokens that the head holds which holds most. */
    public int longest() {
        int longest = 0;
        for (int head = 0; head < evicted.length; head++) {
            longest = Math.max(longest, length(head));
        }
        return longest;
    }

    /** Returns the rows of all heads together, whole blocks in each. */
    long rows() {
        long rows = 0;
        for (int head = 0; head < evicted.length; head++) {
            rows += KvShape.wholeBlocks(length(head));
        }
        return rows;
    }

    /** Every head takes the next tokens of the sequence in. */
    void add(int tokens) {
        seen += tokens;
    }

    /** Every head drops its newest tokens again, until {@code tokens} have been seen. */
    void truncate(int tokens) {
        seen = tokens;
    }

    /** Whether no head holds more tokens than it is to keep. */
    boolean areWithin(int[] kept) {
        for (int head = 0; head < evicted.length; head++) {
            if (length(head) > kept[head]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Each head evicts all but {@code kept[head]} tokens.
     *
     * @return the tokens that all heads lost together
     */
    int evictTo(int[] kept) {
        int lost = 0;
        for (int head = 0; head < evicted.length; head++) {
            lost += length(head) - kept[head];
            evicted[head] = seen - kept[head];
        }
        return lost;
    }
}
