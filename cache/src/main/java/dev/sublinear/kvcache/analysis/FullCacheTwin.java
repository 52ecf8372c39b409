package dev.sublinear.kvcache.analysis;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Signal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Keeps all tokens of a sequence beside its pruned cache, and so knows what pruning costs: the softmax mass that lies on
 * evicted tokens, and how far the output of attention is off.
 *
 * <p>For each query, with τ the lost mass, o the output over all tokens, oₖ over those kept, and μ the mean of the values
 * outside and inside the kept set, weighted by attention: {@code ‖o − oₖ‖ = τ · ‖μ_tail − μ_head‖}, exactly. See <a
 * href="https://arxiv.org/abs/2512.07647">A Mathematical Theory of Top-k Sparse Attention via Total Variation Distance</a>,
 * 2025.
 *
 * <p>Owned by the thread that owns the caches. It costs a full cache and a second attention: for a sequence in a thousand.
 */
public final class FullCacheTwin {
    private final KvCache pruned;
    private final KvCache full;

    /**
     * @param pruned an empty cache, which goes on as without a twin
     * @param full an empty cache of the same shape whose policy evicts nothing, for the twin alone; the caller closes it
     */
    public FullCacheTwin(KvCache pruned, KvCache full) {
        require(
                full.shape().equals(pruned.shape()),
                "a twin must have the shape of its cache, %s, was %s",
                pruned.shape(),
                full.shape());
        require(
                !full.policy().evicts(),
                "a twin's policy must evict nothing, was %s",
                full.policy().budget());
        require(
                full.seen() == 0 && pruned.seen() == 0,
                "a twin must begin with its sequence, but %s tokens have been seen",
                Math.max(full.seen(), pruned.seen()));
        this.pruned = pruned;
        this.full = full;
    }

    /**
     * What one query lost.
     *
     * @param head key-value head
     * @param position of the query's token
     * @param mass the share of its attention that lies on evicted tokens, τ
     * @param error of the output, ‖o − oₖ‖
     * @param distance of the evicted values from the others, ‖μ_tail − μ_head‖; zero where nothing is lost
     * @param norm of the exact output, ‖o‖
     */
    public record Loss(int head, int position, double mass, double error, double distance, double norm) {}

    /**
     * Takes over the newest tokens of a layer and measures what their queries lose. Call it after they have been written
     * and before they are trimmed.
     *
     * @param queries as in {@link Signal#QUERIES}, of the tokens claimed since the last call
     * @return a loss for each head and query
     */
    public List<Loss> follow(int layer, NDArray queries) {
        LayerCache kept = pruned.layer(layer);
        LayerCache all = full.layer(layer);
        int tokens = kept.seen() - all.seen();
        require(tokens >= 1, "layer %s has no token that its twin has not seen", layer);
        require(
                queries.getShape().get(1) % tokens == 0,
                "queries must be a multiple of %s tokens, was %s",
                tokens,
                queries.getShape());
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            copy(kept, all, tokens);
            return losses(kept, all, queries.toType(DataType.FLOAT64, false), tokens);
        }
    }

    private static void copy(LayerCache kept, LayerCache all, int tokens) {
        NDArray keys = newest(kept, LayerView::keys, tokens);
        NDArray values = newest(kept, LayerView::values, tokens);
        for (int from = 0; from < tokens; ) {
            int chunk = all.nextChunk(tokens - from);
            NDIndex rows = new NDIndex().addAllDim().addSliceDim(from, from + chunk);
            all.claim(chunk);
            all.write(keys.get(rows), values.get(rows));
            from += chunk;
        }
    }

    /** Returns vectors of the newest tokens of all heads, (kvHeads, tokens, headDim). */
    private static NDArray newest(LayerCache layer, Function<LayerView, NDArray> vectors, int tokens) {
        NDList heads = new NDList();
        for (LayerView view : layer.views()) {
            int end = view.length();
            heads.add(vectors.apply(view).get(new NDIndex().addAllDim().addSliceDim(end - tokens, end)));
        }
        return NDArrays.concat(heads);
    }

    private List<Loss> losses(LayerCache kept, LayerCache all, NDArray queries, int tokens) {
        int group = (int) queries.getShape().get(1) / tokens;
        NDManager manager = queries.getManager();
        NDArray places = positions(manager, all.seen() - tokens, tokens, group);
        Attention full = attend(queries, all.view(), places);
        NDArray held = held(kept, all.seen(), manager);
        NDArray head = full.weights().mul(held); // shares of the full attention that the kept tokens have
        NDArray tail = full.weights().sub(head);
        NDArray mass = tail.sum(new int[] {2});
        NDArray values = all.view().values().toType(DataType.FLOAT64, false);
        double[] lost = mass.toDoubleArray();
        double[] error = lengths(full.output().sub(output(queries, kept, places)));
        double[] distance = lengths(mean(tail, values).sub(mean(head, values)));
        double[] exact = lengths(full.output());
        List<Loss> losses = new ArrayList<>(lost.length);
        int perHead = tokens * group;
        for (int i = 0; i < lost.length; i++) {
            int position = all.seen() - tokens + i % perHead / group;
            losses.add(new Loss(i / perHead, position, lost[i], error[i], lost[i] == 0 ? 0 : distance[i], exact[i]));
        }
        return losses;
    }

    /** Softmax weights (kvHeads, queries, length) and outputs (kvHeads, queries, headDim) in float64. */
    private record Attention(NDArray weights, NDArray output) {}

    private static NDArray output(NDArray queries, LayerCache layer, NDArray places) {
        NDList heads = new NDList();
        for (LayerView view : layer.views()) {
            long shown = view.positions().getShape().get(0);
            NDArray own = queries.get(new NDIndex().addSliceDim(view.firstHead(), view.firstHead() + shown));
            heads.add(attend(own, view, places).output());
        }
        return NDArrays.concat(heads);
    }

    private static Attention attend(NDArray queries, LayerView layer, NDArray places) {
        NDArray keys = layer.keys().toType(DataType.FLOAT64, false);
        NDArray values = layer.values().toType(DataType.FLOAT64, false);
        NDArray later = layer.positions().expandDims(1).gt(places).toType(DataType.FLOAT64, false);
        NDArray scores = queries.matMul(keys.transpose(0, 2, 1))
                .div(Math.sqrt((double) keys.getShape().get(2)))
                .sub(later.mul(1e300));
        NDArray weights = scores.softmax(-1);
        return new Attention(weights, weights.matMul(values));
    }

    /** The place of each query, int32, shape (1, queries, 1). */
    private static NDArray positions(NDManager manager, int first, int tokens, int group) {
        int[] places = new int[tokens * group];
        for (int i = 0; i < places.length; i++) {
            places[i] = first + i / group;
        }
        return manager.create(places, new Shape(1, places.length, 1));
    }

    /** One for each token that is kept, zero for the others; float64, shape (kvHeads, 1, seen). */
    private static NDArray held(LayerCache kept, int seen, NDManager manager) {
        int[][] positions = LayerSnapshot.positions(kept);
        double[] held = new double[positions.length * seen];
        for (int head = 0; head < positions.length; head++) {
            for (int position : positions[head]) {
                held[head * seen + position] = 1;
            }
        }
        return manager.create(held, new Shape(positions.length, 1, seen));
    }

    private static NDArray mean(NDArray weights, NDArray values) {
        return weights.matMul(values).div(weights.sum(new int[] {2}, true).maximum(Double.MIN_NORMAL));
    }

    private static double[] lengths(NDArray vectors) {
        return vectors.square().sum(new int[] {2}).sqrt().toDoubleArray();
    }
}
