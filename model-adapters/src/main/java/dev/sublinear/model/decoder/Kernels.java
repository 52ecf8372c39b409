package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.attention.Piece;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.rotary.Rotation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** The methods of {@code decoder.py}, where shapes are given. Results belong to the scope of the step. */
final class Kernels {
    /** Tensors and numbers that describe a piece. */
    private static final int COLUMNS = 4;

    private static final int NUMBERS = 6;

    private final TorchScript script;
    private final PtNDManager manager;

    Kernels(TorchScript script) {
        this.script = script;
        this.manager = script.manager();
    }

    /** The weights of a layer, an object of TorchScript. Lives until closed. */
    record LayerWeights(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** Something that a layer is made of, an object of TorchScript. Lives until closed. */
    record Part(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** What pieces gave: (t, ...), and the signals that they wish for, in their order. */
    record Attended(NDArray output, List<NDArray> signals) {}

    Part noNorm() {
        try (Call call = script.call("no_norm")) {
            return call.part();
        }
    }

    Part rmsNorm(NDArray weight, double epsilon) {
        try (Call call = script.call("rms_norm")) {
            return call.of(weight).of(epsilon).part();
        }
    }

    Part layerNorm(NDArray weight, NDArray bias, double epsilon) {
        try (Call call = script.call("layer_norm")) {
            return call.of(weight).of(bias).of(epsilon).part();
        }
    }

    /** Of queries and keys; weights (S), or, if {@code wide}, of all heads. */
    Part headNorm(NDArray query, NDArray key, ModelSpec spec) {
        try (Call call = script.call("head_norm")) {
            return call.of(query)
                    .of(key)
                    .of(spec.architecture().wideHeadNorm())
                    .of(spec.heads())
                    .of(spec.kvHeads())
                    .of(spec.architecture().normEpsilon())
                    .part();
        }
    }

    Part gated(Packed gateUp, Packed down, String activation) {
        try (Call call = script.call("gated")) {
            return call.of(gateUp.object()).of(down.object()).of(activation).part();
        }
    }

    Part plain(Packed up, Packed down, String activation) {
        try (Call call = script.call("plain")) {
            return call.of(up.object()).of(down.object()).of(activation).part();
        }
    }

    Part experts(Packed router, int chosen, boolean normalized) {
        try (Call call = script.call("experts")) {
            return call.of(router.object()).of(chosen).of(normalized).part();
        }
    }

    void addExpert(Part experts, Part expert) {
        try (Call call = script.call("add_expert");
                Part same = call.of(experts.object()).of(expert.object()).part()) {
            same.object();
        }
    }

    void addShared(Part experts, Part expert, Packed share) {
        try (Call call = script.call("add_shared");
                Part same = call.of(experts.object())
                        .of(expert.object())
                        .of(share.object())
                        .part()) {
            same.object();
        }
    }

    /** The parts of a layer, in the order of the computation. */
    record LayerParts(
            Part attentionNorm,
            Packed queryKeyValue,
            Part headNorm,
            Packed attentionOut,
            Part afterAttention,
            Part ffnNorm,
            Part ffn,
            Part afterFfn) {}

    /** Whether attention may use oneDNN's products, because they give a query the same bits among any number of queries. */
    boolean areAlike(int headDim) {
        if (manager.getDevice().isGpu()) {
            return false;
        }
        try (Call call = script.call("are_alike")) {
            return call.of(headDim).flag();
        }
    }

    /**
     * @param exact whether attention gives a token the same bits whatever tokens are read beside it
     * @param alike what {@link #areAlike} says, if it is exact
     */
    LayerWeights layer(LayerParts parts, DecoderArchitecture architecture, int index, boolean exact, boolean alike) {
        try (Call call = script.call("layer")) {
            int rotation = architecture.rotaryOf().get(index);
            return new LayerWeights(call.of(parts.attentionNorm().object())
                    .of(parts.queryKeyValue().object())
                    .of(parts.headNorm().object())
                    .of(parts.attentionOut().object())
                    .of(parts.afterAttention().object())
                    .of(parts.ffnNorm().object())
                    .of(parts.ffn().object())
                    .of(parts.afterFfn().object())
                    .of(architecture.parallel())
                    .of(architecture.attentionScale())
                    .of(architecture.attentionCap())
                    .of(architecture.windows().get(index))
                    .of(rotation)
                    .of(exact)
                    .of(alike)
                    .run());
        }
    }

    /** All layers of the model as one argument. Lives until closed. */
    IValue all(List<LayerWeights> layers) {
        return IValue.listFrom(layers.stream().map(LayerWeights::object).toArray(IValue[]::new));
    }

    /** All layers at once, for a step in which each sequence has one piece in each layer. */
    Attended step(NDArray x, IValue layers, NDArray[] rotations, List<Piece> pieces) {
        try (Call call = script.call("step")) {
            return attended(call.of(x).of(layers).of(rotations), pieces);
        }
    }

    /** The numbers from 0 up to {@code count} as arguments. They live until closed. */
    List<IValue> numbers(int count) {
        return LongStream.range(0, count).mapToObj(IValue::from).toList();
    }

    /** Where the layers and attention in Java meet, for tokens x (T, D); see {@link Exchange}. */
    Exchange exchange(NDArray x, IValue layers, ModelSpec spec) {
        return new Exchange(script.block(), manager, x, layers, spec);
    }

    NDArray products(NDArray x, NDArray attended, NDArray inner, IValue layers) {
        try (Call call = script.call("products")) {
            return call.of(x).of(attended).of(inner).of(layers).tensor();
        }
    }

    /** For each matrix of a layer, whether it gives a row the same bits whatever rows are beside it. */
    List<Invariance> invariance(LayerWeights layer, NDArray x, NDArray attended) {
        try (Call call = script.call("invariant")) {
            return Arrays.stream(call.of(layer.object()).of(x).of(attended).numbers())
                    .mapToObj(same -> Invariance.of(same == 1))
                    .toList();
        }
    }

    void copy(NDArray from, NDArray to) {
        try (Call call = script.call("copy")) {
            call.of(from).of(to).tensor().close();
        }
    }

    /** What queries (H, 1, G, S) find in the caches of all layers, added up. */
    NDArray over(NDArray query, IValue layers, List<LayerCache> caches, List<Integer> windows) {
        List<NDArray> columns = new ArrayList<>();
        for (int layer = 0; layer < caches.size(); layer++) {
            LayerCache cache = caches.get(layer);
            LayerCache.Tensors storage = cache.tensors();
            columns.addAll(List.of(storage.keys(), storage.values(), Piece.positions(cache, windows.get(layer))));
        }
        long[] lengths =
                caches.stream().mapToLong(cache -> cache.view().length()).toArray();
        long[] rows = Arrays.stream(lengths)
                .map(length -> KvShape.wholeBlocks((int) length))
                .toArray();
        try (Call call = script.call("over")) {
            return call.of(query)
                    .of(layers)
                    .of(columns.toArray(NDArray[]::new))
                    .of(lengths)
                    .of(rows)
                    .tensor();
        }
    }

    /** Queries, keys and values of all heads, not rotated yet, (T, H * G + 2 * H, S). */
    NDArray project(NDArray x, LayerWeights weights, ModelSpec spec) {
        try (Call call = script.call("project")) {
            return call.of(x)
                    .of(weights.object())
                    .of(spec.kvHeads())
                    .of(spec.headDim())
                    .tensor();
        }
    }

    /** The rotations of a step's tokens as {@link #step} and {@link #attend} take them. */
    NDArray[] tensors(List<Rotation> rotations) {
        return rotations.stream().flatMap(rotation -> rotation.tensors(manager)).toArray(NDArray[]::new);
    }

    /** Attends pieces that follow one another, and rotates their queries and keys in {@code heads}. */
    Attended attend(NDArray heads, LayerWeights weights, NDArray[] rotations, List<Piece> pieces) {
        try (Call call = script.call("attend")) {
            return attended(call.of(heads).of(weights.object()).of(rotations), pieces);
        }
    }

    private static Attended attended(Call call, List<Piece> pieces) {
        NDArray[] columns = new NDArray[COLUMNS * pieces.size()];
        long[] numbers = new long[NUMBERS * pieces.size()];
        int column = 0;
        int number = 0;
        for (Piece piece : pieces) {
            LayerCache.Tensors storage = piece.cache().tensors();
            columns[column++] = storage.keys();
            columns[column++] = storage.values();
            columns[column++] = piece.positions();
            columns[column++] = storage.tokenState();
            numbers[number++] = piece.first();
            numbers[number++] = piece.tokens();
            numbers[number++] = piece.slot();
            numbers[number++] = piece.position();
            numbers[number++] = piece.rows();
            numbers[number++] = piece.wishes();
        }
        return call.of(columns).of(numbers).tensorAndList();
    }

    /** Updates x. */
    NDArray finish(NDArray x, NDArray attended, LayerWeights weights) {
        try (Call call = script.call("finish")) {
            return call.of(x).of(attended).of(weights.object()).tensor();
        }
    }

    NDArray head(NDArray x, Part norm, Packed head, double cap) {
        try (Call call = script.call("head")) {
            return call.of(x).of(norm.object()).of(head.object()).of(cap).tensor();
        }
    }
}
