package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/**
 * What the scorer of a layer makes of the tokens that it holds, as plain numbers for each head.
 *
 * @param layer which of the model, for a message
 */
record TokenScores(EvictionPolicy policy, int layer) {

    /**
     * Returns a score for each token of each head; zeros where nothing is ever chosen.
     *
     * @throws IllegalStateException if the scorer returns what is no score
     */
    double[][] of(LayerView view, int heads) {
        if (!policy.chooses()) {
            return new double[heads][view.length()];
        }
        NDArray score = policy.scorer().score(view);
        Shape expected = new Shape(heads, view.length());
        if (!score.getShape().equals(expected)) {
            throw new IllegalStateException("scorer " + policy.scorer().name() + " must return shape " + expected
                    + ", was " + score.getShape());
        }
        double[][] scores = split(score.toType(DataType.FLOAT64, false).toDoubleArray(), heads);
        for (int head = 0; head < heads; head++) {
            for (int slot = 0; slot < scores[head].length; slot++) {
                if (!Double.isFinite(scores[head][slot])) {
                    throw new IllegalStateException("scorer " + policy.scorer().name()
                            + " must return finite scores, was " + scores[head][slot] + " in layer " + layer
                            + ", head " + (view.firstHead() + head) + ", slot " + slot);
                }
            }
        }
        return scores;
    }

    /** Ranks the tokens of a trim. */
    Ranking rank(LayerView view, int heads, boolean withAttention) {
        return new Ranking(
                policy,
                view.seen(),
                of(view, heads),
                positions(view, heads),
                withAttention ? attention(view, heads) : new double[heads][0]);
    }

    /** Returns what is remembered of the attention that each token of each head received. */
    private double[][] attention(LayerView view, int heads) {
        NDArray remembered = view.tokenState();
        return split((policy.stateOfToken() == 1 ? remembered : remembered.sum(new int[] {2})).toDoubleArray(), heads);
    }

    /** Returns the place of each token of each head in the sequence. */
    static int[][] positions(LayerView view, int heads) {
        int[] all = view.positions().toIntArray();
        int[][] positions = new int[heads][];
        for (int head = 0; head < heads; head++) {
            positions[head] = Arrays.copyOfRange(all, head * view.length(), (head + 1) * view.length());
        }
        return positions;
    }

    private static double[][] split(double[] all, int heads) {
        int length = all.length / heads;
        double[][] split = new double[heads][];
        for (int head = 0; head < heads; head++) {
            split[head] = Arrays.copyOfRange(all, head * length, (head + 1) * length);
        }
        return split;
    }
}
