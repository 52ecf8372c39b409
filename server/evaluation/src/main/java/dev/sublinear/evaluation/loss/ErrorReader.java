package dev.sublinear.evaluation.loss;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.evaluation.loss.HeadErrors.AtLength;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.Scorer;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Step;
import dev.sublinear.model.checkpoint.Checkpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Measures the errors of a document's heads in one reading, in which nothing is evicted: at each length it takes the scores, and
 * when the queries of the next tokens have come, what these would lose by any budget.
 */
public final class ErrorReader {
    private static final int CHUNK = 256;

    private final CausalLm model;
    private final Checkpoint checkpoint;
    private final RecordingScorer scorer;
    private final Protection protection;
    private final ErrorGrid grid;
    private final KvMemory memory;

    /**
     * Prepares readings of documents of one length.
     *
     * @param checkpoint of the model, for its output matrices
     * @param capacity bytes that the cache may use
     */
    public ErrorReader(
            CausalLm model,
            Checkpoint checkpoint,
            Scorer scorer,
            Protection protection,
            ErrorGrid grid,
            long capacity) {
        this.model = model;
        this.checkpoint = checkpoint;
        this.scorer = new RecordingScorer(scorer, grid.queries());
        this.protection = protection;
        this.grid = grid;
        this.memory = new KvMemory(capacity);
    }

    /**
     * Returns the errors at the lengths of the grid.
     *
     * @throws IllegalArgumentException if the full cache of the document does not fit in the capacity
     */
    public HeadErrors read(FittingDocument document) {
        int[] tokens = document.document().tokens();
        List<AtLength> lengths = new ArrayList<>();
        try (KvCache cache = model.newCache(scorer.policy(), room(tokens.length), KvCacheListener.NONE)) {
            for (int n : grid.lengths()) {
                int[] budgets = grid.budgets(n);
                forward(cache, tokens, n);
                int[][][] orders = byLayer(int[][][]::new, layer -> orders(cache.layer(layer), budgets));
                forward(cache, tokens, n + grid.queries());
                lengths.add(
                        new AtLength(n, budgets, errors(cache, orders, budgets, document.weights(n, grid.queries()))));
            }
        }
        return new HeadErrors(lengths);
    }

    private KvMemory.Reservation room(int tokens) {
        long bytes = model.kvShape().peakBytes(scorer.policy(), tokens);
        return memory.reserve(bytes)
                .orElseThrow(() -> new IllegalArgumentException("cache.capacity must hold the full cache of " + tokens
                        + " tokens, " + bytes + " bytes, was " + memory.capacity()));
    }

    private void forward(KvCache cache, int[] tokens, int end) {
        for (int at = cache.seen(); at < end; at = cache.seen()) {
            int[] chunk = Arrays.copyOfRange(tokens, at, Math.min(end, at + CHUNK));
            model.forward(Step.of(new Step.Slice(cache, chunk, 0)));
        }
    }

    private <T> T[] byLayer(IntFunction<T[]> array, IntFunction<T> layer) {
        return IntStream.range(0, model.spec().layers()).mapToObj(layer).toArray(array);
    }

    private int[][] orders(LayerCache layer, int[] budgets) {
        return Arrays.stream(layer.retained().scores())
                .map(scores -> KeepingOrder.of(scores, protection, budgets))
                .toArray(int[][]::new);
    }

    private double[][][] errors(KvCache cache, int[][][] orders, int[] budgets, float[] counted) {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            return byLayer(double[][][]::new, layer -> {
                try (NDScope temporaries = new NDScope()) {
                    temporaries.suppressNotUsedWarning();
                    return new LayerErrors(model.spec(), layer, manager)
                            .of(
                                    heads(cache.layer(layer), orders[layer]),
                                    budgets,
                                    counted,
                                    OutputMatrix.read(checkpoint, layer, manager));
                }
            });
        }
    }

    private LayerErrors.Head[] heads(LayerCache layer, int[][] orders) {
        float[] queries = scorer.newest(layer.view()).toFloatArray();
        int each = queries.length / orders.length;
        LayerSnapshot snapshot = LayerSnapshot.of(layer);
        return IntStream.range(0, orders.length)
                .mapToObj(head -> new LayerErrors.Head(
                        orders[head],
                        snapshot.keys(head),
                        snapshot.values(head),
                        Arrays.copyOfRange(queries, head * each, (head + 1) * each)))
                .toArray(LayerErrors.Head[]::new);
    }
}
