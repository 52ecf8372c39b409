package dev.sublinear.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * Attention over logits that are drawn, not computed: with a fixed spread the number of keys that matter is proportional
 * to n in the end, with a variance that grows as log n it is a power of n below one. What a measured exponent means has to
 * be read beside these.
 */
record GaussianControl(String name, DoubleUnaryOperator variance) {
    private static final long SEED = 17;
    private static final int ROWS = 256;

    static final List<GaussianControl> ALL = List.of(
            new GaussianControl("Gaussian logits, σ = 2", n -> 4),
            new GaussianControl("Gaussian logits, σ = 3", n -> 9),
            new GaussianControl("Gaussian logits, σ² = ln n", Math::log));

    /** The keys needed at each length: medians over rows. */
    List<Need> needs(List<Integer> lengths) {
        Random random = new Random(SEED);
        List<Need> needs = new ArrayList<>();
        for (int n : lengths) {
            double[][] rows = new double[ROWS][];
            double sigma = Math.sqrt(variance.applyAsDouble(n));
            for (int row = 0; row < ROWS; row++) {
                double[] logits = new double[n];
                double most = Double.NEGATIVE_INFINITY;
                for (int i = 0; i < n; i++) {
                    logits[i] = sigma * random.nextGaussian();
                    most = Math.max(most, logits[i]);
                }
                rows[row] = HeadAttention.normalise(logits, most);
            }
            needs.add(Need.of(n, 0, 0, HeadAttention.of(rows), 0, ROWS));
        }
        return needs;
    }
}
