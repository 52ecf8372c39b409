package dev.sublinear.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.model.Kernels.Attended;
import dev.sublinear.model.Kernels.LayerWeights;
import dev.sublinear.model.Kernels.Projected;
import dev.sublinear.model.Kernels.Rotation;
import dev.sublinear.model.Kernels.Slots;

/** One layer: its weights, and the way of a step's tokens through it. */
final class DecoderLayer implements AutoCloseable {
    private final int index;
    private final Kernels kernels;
    private final LayerWeights weights;
    private final int kvHeads;

    DecoderLayer(int index, Kernels kernels, LayerWeights weights, int kvHeads) {
        this.index = index;
        this.kernels = kernels;
        this.weights = weights;
        this.kvHeads = kvHeads;
    }

    /** Linear layers see all tokens of the step at once; attention sees a sequence at a time, piece by piece. */
    NDArray forward(NDArray x, Step step, Rotation rotation) {
        if (step.slices().size() == 1) {
            LayerCache cache = step.slices().get(0).cache().layer(index);
            if (cache.nextPiece(step.tokens()) == step.tokens()) {
                return whole(x, cache, rotation);
            }
        }
        Projected tokens = kernels.project(x, weights, rotation, kvHeads);
        NDList attended = new NDList();
        int at = 0;
        for (Step.Slice slice : step.slices()) {
            LayerCache cache = slice.cache().layer(index);
            int end = at + slice.tokens().length;
            cache.expect(end - at);
            while (at < end) {
                int piece = cache.nextPiece(end - at);
                attended.add(attend(between(tokens, at, at + piece), cache));
                at += piece;
            }
        }
        return kernels.finish(x, attended.size() == 1 ? attended.get(0) : NDArrays.concat(attended), weights);
    }

    /** The same in one crossing, for tokens that are attended at once: the way of every decoded token. */
    private NDArray whole(NDArray x, LayerCache cache, Rotation rotation) {
        Slots slots = claim(cache, (int) x.getShape().get(0));
        Attended layer = kernels.whole(x, weights, rotation, cache, slots);
        return seen(layer, cache);
    }

    private NDArray attend(Projected tokens, LayerCache cache) {
        Slots slots = claim(cache, (int) tokens.key().getShape().get(0));
        Attended attention = kernels.attend(tokens, cache, slots);
        return seen(attention, cache);
    }

    private static NDArray seen(Attended attention, LayerCache cache) {
        cache.observe(new AttentionStep(attention.weights()).with(Signal.QUERIES, attention.queries()));
        cache.trim();
        return attention.output();
    }

    private static Slots claim(LayerCache cache, int tokens) {
        int seen = cache.seen();
        return new Slots(cache.claim(tokens), seen);
    }

    private static Projected between(Projected tokens, int from, int to) {
        NDIndex rows = new NDIndex().addSliceDim(from, to);
        return new Projected(
                tokens.query().get(rows), tokens.key().get(rows), tokens.value().get(rows));
    }

    @Override
    public void close() {
        weights.close();
    }
}
