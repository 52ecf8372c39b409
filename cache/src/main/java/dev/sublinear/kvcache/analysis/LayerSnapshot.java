package dev.sublinear.kvcache.analysis;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A copy of what a layer holds as plain numbers, head by head: for analysis, which then needs no tensors. */
public final class LayerSnapshot {
    private final int kvHeads;
    private final int headDim;
    private final int seen;
    private final float[][] keys;
    private final float[][] values;
    private final int[][] positions;
    private final double[] headState;

    private LayerSnapshot(LayerCache layer) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            List<? extends LayerView> views = layer.views();
            this.headDim = (int) views.get(0).keys().getShape().get(2);
            this.seen = layer.seen();
            this.positions = positions(layer);
            this.kvHeads = positions.length;
            this.keys = byHead(views, LayerView::keys);
            this.values = byHead(views, LayerView::values);
            this.headState = views.stream()
                    .flatMapToDouble(view -> Arrays.stream(view.headState().toDoubleArray()))
                    .toArray();
        }
    }

    private static float[][] byHead(List<? extends LayerView> views, Function<LayerView, NDArray> vectors) {
        List<float[]> heads = new ArrayList<>();
        for (LayerView view : views) {
            NDArray array = vectors.apply(view);
            float[] all = array.toFloatArray();
            int each = all.length / (int) array.getShape().get(0);
            for (int from = 0; from < all.length; from += each) {
                heads.add(Arrays.copyOfRange(all, from, from + each));
            }
        }
        return heads.toArray(float[][]::new);
    }

    /** Copies a layer that holds at least one token. */
    public static LayerSnapshot of(LayerCache layer) {
        require(layer.longest() > 0, "a layer must hold a token to be copied");
        return new LayerSnapshot(layer);
    }

    /** Copies only the positions that each head of a layer holds, in the order of its rows: ascending if it has lost none. */
    public static int[][] positions(LayerCache layer) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            List<int[]> heads = new ArrayList<>();
            for (LayerView view : layer.views()) {
                int[] all = view.positions().toIntArray();
                for (int from = 0; from < all.length; from += view.length()) {
                    heads.add(Arrays.copyOfRange(all, from, from + view.length()));
                }
            }
            return heads.toArray(int[][]::new);
        }
    }

    public int kvHeads() {
        return kvHeads;
    }

    public int headDim() {
        return headDim;
    }

    /** How many tokens a head holds. */
    public int length(int head) {
        return positions[head].length;
    }

    /** How many tokens have been appended ever. */
    public int seen() {
        return seen;
    }

    /** The keys of a head, rotated, one token after the other: length · headDim numbers. */
    public float[] keys(int head) {
        return keys[head].clone();
    }

    /** The values of a head, in the same order. */
    public float[] values(int head) {
        return values[head].clone();
    }

    /** The place of each token of a head in the sequence, in the same order. */
    public int[] positions(int head) {
        return positions[head].clone();
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
                headState.length == kvHeads * recorder.stateOfHead(headDim),
                "the layer must have been observed by %s",
                recorder);
        int row = (head * recorder.tokens() + position % recorder.tokens()) * recorder.group() + member;
        return Arrays.copyOfRange(headState, row * headDim, (row + 1) * headDim);
    }
}
