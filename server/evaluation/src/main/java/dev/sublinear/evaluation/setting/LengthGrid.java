package dev.sublinear.evaluation.setting;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * The context lengths at which something is measured: 128, 256, 512 ... up to the length of a document.
 *
 * <p>A quantity "at n" is the mean over the positions that follow more than n/2 and at most n tokens.
 *
 * @param length of a document, in tokens, at least 256
 */
public record LengthGrid(int length) {
    /** The shortest context, in tokens. */
    public static final int FIRST = 128;

    /** Attention at a length is measured on the queries of its newest 32 tokens. */
    public static final int QUERIES = 32;

    public LengthGrid {
        if (length < 2 * FIRST) {
            throw new IllegalArgumentException("length must be at least " + 2 * FIRST + " tokens, was " + length);
        }
    }

    /** Returns the lengths in tokens, ascending; the last is that of the document. */
    public List<Integer> lengths() {
        List<Integer> lengths = new ArrayList<>();
        for (int n = FIRST; n + 2 * QUERIES <= length; n *= 2) {
            lengths.add(n);
        }
        lengths.add(length);
        return lengths;
    }

    /**
     * Returns the positions at which chunks end: each length, and where its newest queries begin.
     *
     * @param chunk the most tokens of a chunk
     */
    public List<Integer> cuts(int chunk) {
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
