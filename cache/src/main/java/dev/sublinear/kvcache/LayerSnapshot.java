package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.Rules.require;

import ai.djl.ndarray.NDScope;
import java.util.Arrays;

/** A copy of what a layer holds as plain numbers: for analysis, which then needs no tensors. */
public final class LayerSnapshot {
    private final int kvHeads;
    private final int headDim;
    private final int length;
    private final int seen;
    private final float[] keys;
    private final float[] values;
    private final int[] positions;
    private final double[] summary;

    private LayerSnapshot(LayerCache layer) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            this.kvHeads = (int) layer.keys().getShape().get(0);
            this.headDim = (int) layer.keys().getShape().get(2);
            this.length = layer.length();
            this.seen = layer.seen();
            this.keys = layer.keys().toFloatArray();
            this.values = layer.values().toFloatArray();
            this.positions = layer.positions().toIntArray();
            this.summary = layer.summary().toDoubleArray();
        }
    }

    /** Copies a layer that holds at least one token. */
    public static LayerSnapshot of(LayerCache layer) {
        require(layer.length() > 0, "a layer must hold a token to be copied");
        return new LayerSnapshot(layer);
    }

    /** Copies only the positions that each head of a layer holds, ascending, (kvHeads, length). */
    public static int[][] positions(LayerCache layer) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            int[] all = layer.positions().toIntArray();
            int[][] heads = new int[all.length / layer.length()][];
            for (int head = 0; head < heads.length; head++) {
                heads[head] = Arrays.copyOfRange(all, head * layer.length(), (head + 1) * layer.length());
            }
            return heads;
        }
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    /** How many tokens are held. */
    public int length() {
        return length;
    }

    /** How many tokens have been appended ever. */
    public int seen() {
        return seen;
    }

    /** The keys of a head, rotated, one token after the other: length · headDim numbers. */
    public float[] keys(int head) {
        return Arrays.copyOfRange(keys, head * length * headDim, (head + 1) * length * headDim);
    }

    /** The values of a head, in the same order. */
    public float[] values(int head) {
        return Arrays.copyOfRange(values, head * length * headDim, (head + 1) * length * headDim);
    }

    /** The place of each token of a head in the sequence, ascending. */
    public int[] positions(int head) {
        return Arrays.copyOfRange(positions, head * length, (head + 1) * length);
    }

    /**
     * The query of a token, rotated and not scaled, that a {@link QueryRecorder} has remembered: headDim numbers.
     *
     * @param head key-value head
     * @param member which of the query heads that share it
     * @param position one of the newest {@link QueryRecorder#tokens}
     */
    public double[] query(QueryRecorder recorder, int head, int member, int position) {
        require(
                position >= Math.max(0, seen - recorder.tokens()) && position < seen,
                "position must be one of the newest %s of %s tokens, was %s",
                recorder.tokens(),
                seen,
                position);
        require(
                summary.length == kvHeads * recorder.stateOfHead(headDim),
                "the layer must have been observed by %s",
                recorder);
        int row = (head * recorder.tokens() + position % recorder.tokens()) * recorder.group() + member;
        return Arrays.copyOfRange(summary, row * headDim, (row + 1) * headDim);
    }
}
