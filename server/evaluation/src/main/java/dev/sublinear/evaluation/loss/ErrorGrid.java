package dev.sublinear.evaluation.loss;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where the errors of a document's heads are measured.
 *
 * @param length of the document, in tokens
 * @param floor the smallest budget, in tokens
 */
public record ErrorGrid(int length, int floor) {
    private static final int QUERIES = 128;
    private static final int SHORTEST = 384; // below, a floor of 64 tokens says most of what a head keeps
    private static final int STEPS = 4; // budgets from one to the double of it

    /** Returns the number of tokens whose queries an error is the mean over: 128, and fewer in a short document. */
    public int queries() {
        return Math.min(QUERIES, length / 8);
    }

    /** Returns the lengths in tokens, ascending, each the double of the one before; the last leaves room for the queries. */
    public List<Integer> lengths() {
        List<Integer> lengths = new ArrayList<>();
        for (int n = length - queries(); n >= SHORTEST || lengths.size() < 2; n /= 2) {
            lengths.add(0, n);
        }
        return lengths;
    }

    /** Returns the budgets in tokens at a length, ascending, the last one all of its tokens. */
    public int[] budgets(int seen) {
        return IntStream.concat(
                        IntStream.iterate(0, step -> step + 1)
                                .map(step -> (int) Math.round(floor * Math.pow(2, (double) step / STEPS)))
                                .takeWhile(budget -> budget < seen),
                        IntStream.of(seen))
                .distinct()
                .toArray();
    }
}
