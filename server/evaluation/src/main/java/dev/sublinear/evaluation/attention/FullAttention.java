package dev.sublinear.evaluation.attention;

import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.analysis.QueryRecorder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The attention of the newest queries of one key-value head when nothing has been evicted: a row of softmax weights for each
 * query of each query head that shares the keys. Recomputed from keys and queries in float64, because attention kernels do not
 * return their weights.
 */
public final class FullAttention {
    private final int headDim;
    private final float[] values;
    private final double[][] rows;
    private final double[][] ascending;
    private int[] heaviest = new int[0];

    private FullAttention(int headDim, float[] values, double[][] rows) {
        this.headDim = headDim;
        this.values = values;
        this.rows = rows;
        this.ascending = new double[rows.length][];
        IntStream.range(0, rows.length).parallel().forEach(row -> {
            ascending[row] = rows[row].clone();
            Arrays.sort(ascending[row]);
        });
    }

    /**
     * Recomputes attention.
     *
     * @param layer in which nothing has been evicted: the token at position p is in slot p
     * @param head key-value head
     * @return rows ordered by query head, then by position
     */
    public static FullAttention of(LayerSnapshot layer, QueryRecorder recorder, int head) {
        float[] keys = layer.keys(head);
        int size = layer.headDim();
        int queries = Math.min(recorder.tokens(), layer.seen());
        double[][] rows = new double[recorder.group() * queries][];
        IntStream.range(0, rows.length).parallel().forEach(row -> {
            int position = layer.seen() - queries + row % queries;
            double[] query = layer.query(recorder, head, row / queries, position);
            rows[row] = softmax(query, keys, position + 1, size);
        });
        return new FullAttention(size, layer.values(head), rows);
    }

    /** Returns attention with these rows of weights and no values, of which {@link #loss} must not be asked. */
    public static FullAttention of(double[][] rows) {
        return new FullAttention(0, new float[0], rows);
    }

    private static double[] softmax(double[] query, float[] keys, int count, int size) {
        double[] weights = new double[count];
        double most = Double.NEGATIVE_INFINITY;
        for (int key = 0; key < count; key++) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += query[i] * keys[key * size + i];
            }
            weights[key] = sum / Math.sqrt(size);
            most = Math.max(most, weights[key]);
        }
        return normalise(weights, most);
    }

    /**
     * Replaces logits by their softmax, in place.
     *
     * @param most the largest logit
     */
    public static double[] normalise(double[] logits, double most) {
        double sum = 0;
        for (int i = 0; i < logits.length; i++) {
            logits[i] = Math.exp(logits[i] - most);
            sum += logits[i];
        }
        for (int i = 0; i < logits.length; i++) {
            logits[i] /= sum;
        }
        return logits;
    }

    /** Returns the number of rows. */
    public int rows() {
        return rows.length;
    }

    /** Returns the number of keys of a row: those up to its query's own. */
    public int length(int row) {
        return rows[row].length;
    }

    /** Returns k_ε: the least number of keys that together have at least 1 - ε of a row's weight. */
    int keysFor(int row, double epsilon) {
        double[] sorted = ascending[row];
        double rest = 0; // summed from the smallest, so that tiny weights are not lost
        int dropped = 0;
        while (dropped < sorted.length - 1 && rest + sorted[dropped] <= epsilon) {
            rest += sorted[dropped++];
        }
        return sorted.length - dropped;
    }

    /** Returns the weight of a row's k largest entries: no set of k keys has more. */
    public double topWeight(int row, int k) {
        double[] sorted = ascending[row];
        double rest = 0;
        for (int i = 0; i < sorted.length - k; i++) {
            rest += sorted[i];
        }
        return 1 - rest;
    }

    /** Returns the entropy of a row in nats. */
    double entropy(int row) {
        double entropy = 0;
        for (double weight : rows[row]) {
            entropy -= weight > 0 ? weight * Math.log(weight) : 0;
        }
        return entropy;
    }

    /** Returns the keys that all rows have, by their weight summed over the rows, descending. */
    public int[] heaviest() {
        if (heaviest.length == 0) {
            double[] columns = columns();
            heaviest = IntStream.range(0, columns.length)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer key) -> -columns[key]))
                    .mapToInt(Integer::intValue)
                    .toArray();
        }
        return heaviest;
    }

    /** Returns the weight of each key that all rows have, summed over the rows. */
    private double[] columns() {
        double[] sums =
                new double[Arrays.stream(rows).mapToInt(row -> row.length).min().orElseThrow()];
        for (double[] row : rows) {
            for (int key = 0; key < sums.length; key++) {
                sums[key] += row[key];
            }
        }
        return sums;
    }

    /** Returns the weight of a row that lies on kept keys. */
    public double retained(int row, boolean[] kept) {
        double sum = 0;
        for (int key = 0; key < rows[row].length; key++) {
            sum += kept[key] ? rows[row][key] : 0;
        }
        return sum;
    }

    /**
     * What a row loses when only some keys are kept and their weights are normalised to one.
     *
     * @param mass τ, the weight of the keys that are not kept
     * @param error ‖o − oₖ‖, of the output of the kept keys
     * @param distance ‖μ_tail − μ_head‖, between the weighted mean values of the keys not kept and of those kept
     * @param norm ‖o‖, of the exact output
     */
    public record Loss(double mass, double error, double distance, double norm) {}

    /** Returns the loss of a row. */
    public Loss loss(int row, boolean[] kept) {
        double[] head = new double[headDim];
        double[] tail = new double[headDim];
        double headMass = 0;
        double tailMass = 0;
        for (int key = 0; key < rows[row].length; key++) {
            double weight = rows[row][key];
            double[] sum = kept[key] ? head : tail;
            if (kept[key]) {
                headMass += weight;
            } else {
                tailMass += weight;
            }
            for (int i = 0; i < headDim; i++) {
                sum[i] += weight * values[key * headDim + i];
            }
        }
        double error = 0;
        double distance = 0;
        double norm = 0;
        for (int i = 0; i < headDim; i++) {
            double exact = head[i] + tail[i];
            double cut = head[i] / headMass;
            double gap = tailMass > 0 ? tail[i] / tailMass - cut : 0;
            error += (exact - cut) * (exact - cut);
            distance += gap * gap;
            norm += exact * exact;
        }
        return new Loss(tailMass, tailMass > 0 ? Math.sqrt(error) : 0, Math.sqrt(distance), Math.sqrt(norm));
    }
}
