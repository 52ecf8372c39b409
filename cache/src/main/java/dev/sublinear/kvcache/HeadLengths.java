package dev.sublinear.kvcache;

import java.util.Arrays;

/** How many tokens a layer has seen, and how many of them each of its key-value heads holds. */
final class HeadLengths {
    private final int[] evicted;
    private int seen;

    HeadLengths(int heads) {
        this.evicted = new int[heads];
    }

    private HeadLengths(int[] evicted, int seen) {
        this.evicted = evicted;
        this.seen = seen;
    }

    HeadLengths copy() {
        return new HeadLengths(evicted.clone(), seen);
    }

    int heads() {
        return evicted.length;
    }

    int seen() {
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

    int length(int head) {
        return seen - evicted[head];
    }

    /** Returns the tokens that the head holds which holds most. */
    int longest() {
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
     * @return the tokens that the head lost which lost most
     */
    int evictTo(int[] kept) {
        int most = 0;
        for (int head = 0; head < evicted.length; head++) {
            most = Math.max(most, length(head) - kept[head]);
            evicted[head] = seen - kept[head];
        }
        return most;
    }
}
