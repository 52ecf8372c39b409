package dev.sublinear.evaluation.fidelity;

import dev.sublinear.evaluation.attention.FullAttention;
import dev.sublinear.evaluation.statistics.Quantiles;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** Sums, head by head, the full attention on the keys of one setting and on those of the oracles. */
final class CoverageTally {
    private DoubleStream.Builder mass = DoubleStream.builder();
    private double error;
    private double oneSet;
    private double perQuery;
    private int rows;

    /**
     * Adds a key-value head.
     *
     * @param held positions that the setting held before the first of the queries came
     */
    void add(FullAttention attention, int[] held) {
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
            FullAttention.Loss loss = attention.loss(row, kept);
            mass.add(1 - loss.mass());
            error += loss.error() / loss.norm();
            oneSet += attention.retained(row, best);
            perQuery += attention.topWeight(row, held.length + attention.length(row) - known);
            rows++;
        }
    }

    /** Returns the means over all heads that were added, and starts again from none. */
    CacheCoverage drain(int seen, double retained, long bytes, double footprint) {
        double[] sorted = mass.build().sorted().toArray();
        CacheCoverage coverage = new CacheCoverage(
                seen,
                retained,
                bytes,
                footprint,
                Arrays.stream(sorted).average().orElseThrow(),
                Quantiles.quantile(sorted, 0.05),
                error / rows,
                oneSet / rows,
                perQuery / rows);
        mass = DoubleStream.builder();
        error = 0;
        oneSet = 0;
        perQuery = 0;
        rows = 0;
        return coverage;
    }
}
