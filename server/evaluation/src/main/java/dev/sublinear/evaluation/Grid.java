package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The lengths of context at which something is measured: 128, 256, 512 ... up to the length of a document.
 *
 * <p>A quantity "at n" is the mean over the positions that follow more than n/2 and at most n tokens.
 */
record Grid(int length) {
    static final int FIRST = 128;

    /** The queries of the newest tokens at each length are those whose attention is studied. */
    static final int QUERIES = 32;

    Grid {
        if (length < 2 * FIRST) {
            throw new IllegalArgumentException("length must be at least " + 2 * FIRST + " tokens, was " + length);
        }
    }

    List<Integer> lengths() {
        List<Integer> lengths = new ArrayList<>();
        for (int n = FIRST; n + 2 * QUERIES <= length; n *= 2) {
            lengths.add(n);
        }
        lengths.add(length);
        return lengths;
    }

    /** Where chunks of at most so many tokens end: at each length, and where its last queries begin. */
    List<Integer> cuts(int chunk) {
        TreeSet<Integer> cuts = new TreeSet<>();
        for (int cut = chunk; cut < length; cut += chunk) {
            cuts.add(cut);
        }
        for (int n : lengths()) {
            cuts.add(n - QUERIES);
            cuts.add(n);
        }
        return List.copyOf(cuts);
    }
}
