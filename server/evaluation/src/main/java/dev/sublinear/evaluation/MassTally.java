package dev.sublinear.evaluation;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Gathers, head by head, how much of the full attention a held set has, and how much the oracles have. */
final class MassTally {
    private DoubleStream.Builder mass = DoubleStream.builder();
    private double error;
    private double oneSet;
    private double perQuery;
    private int rows;

    /**
     * Adds a key-value head.
     *
     * @param held positions that were held before the first of the queries came
     */
    void add(HeadAttention attention, int[] held) {
        boolean[] kept = new boolean[attention.length(attention.rows() - 1)];
        int known = attention.length(0) - 1; // keys before the first query
        Arrays.fill(kept, known, kept.length, true);
        boolean[] best = kept.clone();
        for (int position : held) {
            kept[position] = true;
        }
        IntStream.of(attention.heaviest())
                .filter(position -> position < known)
                .limit(held.length)
                .forEach(position -> best[position] = true);
        for (int row = 0; row < attention.rows(); row++) {
            HeadAttention.Loss loss = attention.loss(row, kept);
            mass.add(1 - loss.mass());
            error += loss.error() / loss.norm();
            oneSet += attention.retained(row, best);
            perQuery += attention.oracle(row, held.length + attention.length(row) - known);
            rows++;
        }
    }

    /** Returns what has been gathered, and begins anew. */
    Held held(int seen, double retained, long bytes, double footprint) {
        double[] sorted = mass.build().sorted().toArray();
        Held held = new Held(
                seen,
                retained,
                bytes,
                footprint,
                Arrays.stream(sorted).average().orElseThrow(),
                Statistics.quantile(sorted, 0.05),
                error / rows,
                oneSet / rows,
                perQuery / rows);
        mass = DoubleStream.builder();
        error = 0;
        oneSet = 0;
        perQuery = 0;
        rows = 0;
        return held;
    }
}
