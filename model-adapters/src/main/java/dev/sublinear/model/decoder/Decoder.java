package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.attention.JavaAttention;
import dev.sublinear.model.attention.Piece;
import dev.sublinear.model.decoder.Kernels.Attended;
import dev.sublinear.model.decoder.Kernels.LayerWeights;
import dev.sublinear.model.rotary.Rotation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** The layers, and the way of a step's tokens through them. */
final class Decoder implements AutoCloseable {
    private final Kernels kernels;
    private final List<LayerWeights> layers;
    private final IValue all;
    private final ModelSpec spec;
    private final Optional<JavaAttention> inJava;
    private final List<IValue> indices;

    Decoder(Kernels kernels, List<LayerWeights> layers, ModelSpec spec, Optional<JavaAttention> inJava) {
        this.kernels = kernels;
        this.inJava = inJava;
        this.indices = kernels.numbers(layers.size() + 1);
        this.layers = List.copyOf(layers);
        this.all = kernels.all(layers);
        this.spec = spec;
    }

    /** Linear layers see all tokens of the step at once; attention sees a sequence at a time, piece by piece. */
    NDArray forward(NDArray x, Step step, List<Rotation> rotations) {
        int pieces = step.slices().size() * layers.size();
        int taken = takenByJava(step);
        if (taken == pieces) {
            return throughJava(x, step, rotations);
        }
        if (taken == 0 && attendsInOnePiece(step)) {
            return allAtOnce(x, step, kernels.tensors(rotations));
        }
        NDArray hidden = x;
        NDArray[] tensors = kernels.tensors(rotations);
        for (int index = 0; index < layers.size(); index++) {
            hidden = layer(hidden, index, step, rotations, tensors);
        }
        return hidden;
    }

    OptionalInt mostHeldInJava() {
        return inJava.filter(JavaAttention::fits).stream()
                .mapToInt(JavaAttention::mostHeld)
                .findAny();
    }

    /** Of the pieces of a step, how many Java attends, all layers together. */
    private int takenByJava(Step step) {
        int taken = 0;
        for (Step.Slice slice : step.slices()) {
            int tokens = slice.tokens().length;
            for (int index = 0; tokens == 1 && index < layers.size(); index++) {
                LayerCache cache = slice.cache().layer(index);
                if (inJava(cache, tokens, cache.longest() + 1, index)) {
                    taken++;
                }
            }
        }
        return taken;
    }

    private boolean inJava(LayerCache cache, int tokens, int held, int layer) {
        return inJava.isPresent() && inJava.orElseThrow().takes(cache, tokens, held, window(layer));
    }

    /** One token for each sequence: a crossing for what lies between the attention of two layers, attention here. */
    private NDArray throughJava(NDArray x, Step step, List<Rotation> rotations) {
        JavaAttention attention = inJava.orElseThrow();
        List<Step.Slice> slices = step.slices();
        try (Exchange exchange = kernels.exchange(x, all, spec)) {
            float[] heads = new float[exchange.heads().capacity()];
            for (int index = 0; index < layers.size(); index++) {
                exchange.layer(indices.get(index));
                exchange.heads().get(0, heads);
                List<Piece> pieces = new ArrayList<>(slices.size());
                for (int token = 0; token < slices.size(); token++) {
                    pieces.add(Piece.claim(slices.get(token).cache().layer(index), token, token + 1, window(index)));
                }
                attention.attend(pieces, rotation(rotations, index), heads);
                pieces.forEach(piece -> piece.settle(Collections.emptyIterator()));
                exchange.heads().put(0, heads);
            }
            exchange.layer(indices.get(layers.size()));
        }
        return x;
    }

    private Rotation rotation(List<Rotation> rotations, int layer) {
        return rotations.isEmpty()
                ? Rotation.NONE
                : rotations.get(spec.architecture().rotaryOf().get(layer));
    }

    private boolean attendsInOnePiece(Step step) {
        for (Step.Slice slice : step.slices()) {
            int tokens = slice.tokens().length;
            for (int index = 0; index < layers.size(); index++) {
                if (slice.cache().layer(index).nextChunk(tokens) != tokens) {
                    return false;
                }
            }
        }
        return true;
    }

    /** All layers in one crossing: the way of every token that libtorch decodes. No layer's attention touches another layer's cache. */
    private NDArray allAtOnce(NDArray x, Step step, NDArray[] rotations) {
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
        Attended attended = kernels.step(x, all, rotations, pieces);
        settle(pieces, attended);
        return attended.output();
    }

    private NDArray layer(NDArray x, int index, Step step, List<Rotation> rotations, NDArray[] tensors) {
        LayerWeights weights = layers.get(index);
        NDArray heads = kernels.project(x, weights, spec);
        NDList attended = new NDList();
        List<Piece> pieces = new ArrayList<>();
        int at = 0;
        for (Step.Slice slice : step.slices()) {
            LayerCache cache = slice.cache().layer(index);
            int end = at + slice.tokens().length;
            cache.expect(end - at);
            while (at < end) {
                Piece piece = Piece.claim(cache, at, end, window(index));
                at = piece.end();
                if (inJava(cache, piece.tokens(), cache.longest(), index)) {
                    if (!pieces.isEmpty()) {
                        attended.add(attend(heads, weights, tensors, pieces));
                    }
                    attended.add(attendInJava(heads, rotation(rotations, index), piece));
                    continue;
                }
                pieces.add(piece);
                if (piece.mustSettle() && at < end) {
                    attended.add(attend(heads, weights, tensors, pieces));
                }
            }
        }
        if (!pieces.isEmpty()) {
            attended.add(attend(heads, weights, tensors, pieces));
        }
        return kernels.finish(x, attended.size() == 1 ? attended.get(0) : NDArrays.concat(attended), weights);
    }

    /** The same numbers as in {@link #throughJava}, for one token beside pieces that libtorch attends. */
    private NDArray attendInJava(NDArray heads, Rotation rotation, Piece piece) {
        float[] own = heads.get(piece.first()).toFloatArray();
        inJava.orElseThrow().attend(List.of(piece), rotation, own);
        piece.settle(Collections.emptyIterator());
        int found = spec.heads() * spec.headDim();
        return heads.getManager().create(Arrays.copyOf(own, found), new Shape(1, found));
    }

    private int window(int layer) {
        return spec.architecture().windows().get(layer);
    }

    /** Attends the pieces claimed so far in one crossing, and forgets them. */
    private NDArray attend(NDArray heads, LayerWeights weights, NDArray[] rotations, List<Piece> pieces) {
        Attended attended = kernels.attend(heads, weights, rotations, pieces);
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
        if (IntStream.range(0, caches.size())
                .allMatch(
                        index -> inJava(caches.get(index), 1, caches.get(index).longest(), index))) {
            float[] asking = query.toFloatArray();
            float[] out = new float[asking.length];
            caches.forEach(cache -> inJava.orElseThrow().attend(cache, asking, out));
        } else {
            kernels.over(query, all, caches, spec.architecture().windows());
        }
    }

    @Override
    public void close() {
        inJava.ifPresent(JavaAttention::close);
        indices.forEach(IValue::close);
        all.close();
    }
}
