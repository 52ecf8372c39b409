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
record TokenScores(LayerPolicy policy, int layer) {

    /**
     * Returns a score for each token of each head; zeros where nothing is ever chosen.
     *
     * @throws IllegalStateException if the scorer returns what is no score
     */
    double[][] of(LayerStorage storage) {
        double[][] scores = none(storage);
        storage.grouped().forEach(group -> score(group, scores));
        return scores;
    }

    /** Returns zeros for each token of each head. */
    double[][] none(LayerStorage storage) {
        double[][] scores = new double[storage.heads()][];
        Arrays.setAll(scores, head -> new double[storage.lengths().length(head)]);
        return scores;
    }

    private void score(HeadGroup group, double[][] scores) {
        if (!policy.chooses()) {
            return;
        }
        NDArray score = policy.scorer().score(group);
        Shape expected = new Shape(group.heads(), group.length());
        if (!score.getShape().equals(expected)) {
            throw new IllegalStateException("scorer " + policy.scorer().name() + " must return shape " + expected
                    + ", was " + score.getShape());
        }
        put(score.toType(DataType.FLOAT64, false), group, scores);
        for (int head = group.firstHead(); head < group.firstHead() + group.heads(); head++) {
            for (int slot = 0; slot < scores[head].length; slot++) {
                if (!Double.isFinite(scores[head][slot])) {
                    throw new IllegalStateException("scorer " + policy.scorer().name()
                            + " must return finite scores, was " + scores[head][slot] + " in layer " + layer
                            + ", head " + head + ", slot " + slot);
                }
            }
        }
    }

    /**
     * Ranks the tokens of a trim.
     *
     * @param keep tokens that will stay in each head at the least: where all do, nothing is scored
     */
    Ranking rank(LayerStorage storage, int[] keep, boolean withAttention) {
        double[][] scores = none(storage);
        for (HeadGroup group : storage.grouped()) {
            if (group.length() > keep[group.firstHead()]) {
                score(group, scores);
            }
        }
        return new Ranking(
                policy,
                storage.seen(),
                scores,
                positions(storage),
                withAttention ? attention(storage) : new double[storage.heads()][0]);
    }

    /** Returns what is remembered of the attention that each token of each head received. */
    private double[][] attention(LayerStorage storage) {
        double[][] attention = new double[storage.heads()][];
        for (HeadGroup group : storage.grouped()) {
            NDArray remembered = group.tokenState();
            put(policy.stateOfToken() == 1 ? remembered : remembered.sum(new int[] {2}), group, attention);
        }
        return attention;
    }

    /** Returns the place of each token of each head in the sequence. */
    static int[][] positions(LayerStorage storage) {
        int[][] positions = new int[storage.heads()][];
        for (HeadGroup group : storage.grouped()) {
            int[] all = group.positions().toIntArray();
            for (int head = 0; head < group.heads(); head++) {
                positions[group.firstHead() + head] =
                        Arrays.copyOfRange(all, head * group.length(), (head + 1) * group.length());
            }
        }
        return positions;
    }

    /** Puts the numbers (heads, length) of a group where they belong. */
    private static void put(NDArray numbers, HeadGroup group, double[][] ofHeads) {
        double[] all = numbers.toDoubleArray();
        for (int head = 0; head < group.heads(); head++) {
            ofHeads[group.firstHead() + head] =
                    Arrays.copyOfRange(all, head * group.length(), (head + 1) * group.length());
        }
    }
}
