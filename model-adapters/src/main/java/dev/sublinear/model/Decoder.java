package dev.sublinear.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.Kernels.Attended;
import dev.sublinear.model.Kernels.LayerWeights;
import dev.sublinear.model.Kernels.Projected;
import dev.sublinear.model.Kernels.Rotation;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** The layers, and the way of a step's tokens through them. */
final class Decoder implements AutoCloseable {
    private final Kernels kernels;
    private final List<LayerWeights> layers;
    private final IValue all;
    private final ModelSpec spec;

    Decoder(Kernels kernels, List<LayerWeights> layers, ModelSpec spec) {
        this.kernels = kernels;
        this.layers = List.copyOf(layers);
        this.all = kernels.all(layers);
        this.spec = spec;
    }

    /** Linear layers see all tokens of the step at once; attention sees a sequence at a time, piece by piece. */
    NDArray forward(NDArray x, Step step, List<Rotation> rotation) {
        if (attendsInOnePiece(step)) {
            return allAtOnce(x, step, rotation);
        }
        NDArray hidden = x;
        for (int index = 0; index < layers.size(); index++) {
            hidden = layer(hidden, index, step, rotation);
        }
        return hidden;
    }

    private boolean attendsInOnePiece(Step step) {
        for (Step.Slice slice : step.slices()) {
            int tokens = slice.tokens().length;
            for (int index = 0; index < layers.size(); index++) {
                if (slice.cache().layer(index).nextPiece(tokens) != tokens) {
                    return false;
                }
            }
        }
        return true;
    }

    /** All layers in one crossing: the way of every decoded token. No layer's attention touches another layer's cache. */
    private NDArray allAtOnce(NDArray x, Step step, List<Rotation> rotation) {
        List<Piece> pieces = new ArrayList<>(layers.size() * step.slices().size());
        for (int index = 0; index < layers.size(); index++) {
            int first = 0;
            for (Step.Slice slice : step.slices()) {
                int end = first + slice.tokens().length;
                Piece piece = Piece.claim(slice.cache().layer(index), first, end, window(index));
                pieces.add(piece);
                first = piece.end();
            }
        }
        Attended attended = kernels.step(x, all, rotation, pieces);
        settle(pieces, attended);
        return attended.output();
    }

    private NDArray layer(NDArray x, int index, Step step, List<Rotation> rotation) {
        LayerWeights weights = layers.get(index);
        Projected tokens = kernels.project(x, weights, rotation, spec.kvHeads(), spec.headDim());
        NDList attended = new NDList();
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        for (Step.Slice slice : step.slices()) {
            LayerCache cache = slice.cache().layer(index);
            int end = at + slice.tokens().length;
            cache.expect(end - at);
            while (at < end) {
                Piece piece = Piece.claim(cache, at, end, window(index));
                pieces.add(piece);
                at = piece.end();
                if (piece.mustSettle() && at < end) {
                    attended.add(attend(tokens, weights, pieces));
                }
            }
        }
        attended.add(attend(tokens, weights, pieces));
        return kernels.finish(x, attended.size() == 1 ? attended.get(0) : NDArrays.concat(attended), weights);
    }

    private int window(int layer) {
        return spec.choices().windows().get(layer);
    }

    /** Attends the pieces claimed so far in one crossing, and forgets them. */
    private NDArray attend(Projected tokens, LayerWeights weights, List<Piece> pieces) {
        Attended attended = kernels.attend(tokens, weights, pieces);
        settle(pieces, attended);
        pieces.clear();
        return attended.output();
    }

    private static void settle(List<Piece> pieces, Attended attended) {
        Iterator<NDArray> signals = attended.signals().iterator();
        pieces.forEach(piece -> piece.settle(signals));
    }

    /** For the matrices of the first layer, whether it gives a row the same bits whatever is beside it; inputs (T, D), (T, H * G * S). */
    List<Invariance> invariance(NDArray x, NDArray attended) {
        return kernels.invariance(layers.get(0), x, attended);
    }

    /** The products of all layers alone, with inputs (T, D), (T, H * G * S) and (T, what the feed-forward network has). */
    void linear(NDArray x, NDArray attended, NDArray inner) {
        kernels.products(x, attended, inner, all);
    }

    /** Attention of all layers alone, for queries (H, 1, G, S). */
    void attention(NDArray query, List<LayerCache> caches) {
        kernels.over(query, all, caches, spec.choices().windows());
    }

    @Override
    public void close() {
        all.close();
    }
}
