package dev.sublinear.evaluation.control;

import dev.sublinear.evaluation.attention.FullAttention;
import dev.sublinear.evaluation.attention.KeysNeeded;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * Attention over Gaussian logits. With a fixed variance the keys needed grow linearly in n in the end; with a variance of ln n
 * they grow as a power of n below one. An exponent that was measured on a model is to be compared with these.
 *
 * @param variance of the logits at n
 */
public record GaussianControl(String name, DoubleUnaryOperator variance) {
    private static final long SEED = 17;
    private static final int ROWS = 256;

    public static final List<GaussianControl> ALL = List.of(
            new GaussianControl("Gaussian logits, σ = 2", n -> 4),
            new GaussianControl("Gaussian logits, σ = 3", n -> 9),
            new GaussianControl("Gaussian logits, σ² = ln n", Math::log));

    /** Returns the keys needed at each length, the median over 256 rows of drawn logits. */
    public List<KeysNeeded> keysNeeded(List<Integer> lengths) {
        Random random = new Random(SEED);
        List<KeysNeeded> keysNeeded = new ArrayList<>();
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
                rows[row] = FullAttention.normalise(logits, most);
            }
            keysNeeded.add(KeysNeeded.of(n, 0, 0, FullAttention.of(rows), 0, ROWS));
        }
        return keysNeeded;
    }
}
