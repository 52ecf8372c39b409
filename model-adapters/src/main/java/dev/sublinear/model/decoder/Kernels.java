package dev.sublinear.model.decoder;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.model.Choices;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import dev.sublinear.model.attention.Piece;
import dev.sublinear.model.rotary.Rotation;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * The methods of {@code decoder.py}, where shapes are given. Results belong to the scope of the step.
 *
 * <p>Every call crosses into libtorch once; that, not arithmetic, is what small products cost.
 */
final class Kernels implements AutoCloseable {
    private static final List<String> SOURCES = List.of("linear.py", "decoder.py");

    /** FBGEMM is a part of libtorch on x86 alone. */
    private static final boolean HAS_FBGEMM = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    /** Tensors and numbers that describe a piece. */
    private static final int COLUMNS = 4;

    private static final int NUMBERS = 6;

    private final PtNDManager manager;
    private final Model model;
    private final PtSymbolBlock block;
    private final Map<Precision, IValue> packers = new EnumMap<>(Precision.class);

    /** @param script what {@link #script} returns, or a variation of it */
    Kernels(PtNDManager manager, String script) {
        this.manager = manager;
        this.model = Model.newInstance(
                "kernels", manager.getDevice(), manager.getEngine().getEngineName());
        // Of this thread: profiling and re-optimising cost more than they gain.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            load(script);
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException("cannot load the TorchScript of " + SOURCES, e);
        }
        this.block = (PtSymbolBlock) model.getBlock();
    }

    /** Returns the text of all sources. */
    static String script() {
        StringBuilder script = new StringBuilder();
        for (String source : SOURCES) {
            script.append(read(source)).append("\n\n");
        }
        return script.toString();
    }

    private void load(String script) throws IOException {
        Path directory = Files.createTempDirectory("sublinear-kernels");
        Path archive = directory.resolve("kernels.pt");
        try {
            ScriptArchive.write(archive, script);
            model.load(directory, "kernels");
        } catch (MalformedModelException e) {
            throw new IOException(e);
        } finally {
            Files.deleteIfExists(archive);
            Files.deleteIfExists(directory);
        }
    }

    private static String read(String source) {
        try (InputStream in = Kernels.class.getResourceAsStream(source)) {
            if (in == null) {
                throw new IllegalStateException("resource " + source + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the resource " + source, e);
        }
    }

    /** The weights of a layer, an object of TorchScript. Lives until closed. */
    record LayerWeights(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** A matrix in the layout that products read, an object of TorchScript. Lives until closed. */
    record Packed(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** A matrix (V, D) of which rows are read; its numbers may be of a type that Java must not see. Lives until closed. */
    record Table(IValue tensor) implements AutoCloseable {
        @Override
        public void close() {
            tensor.close();
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

    Packed pack(NDArray matrix, Precision precision, Rounding rounding) {
        try (Call call = new Call("pack")) {
            return new Packed(
                    call.of(matrix).of(packer(precision)).of(rounding.times()).run());
        }
    }

    /** What packs matrices, asked for once: it tries what the processor allows. */
    private IValue packer(Precision precision) {
        return packers.computeIfAbsent(precision, any -> {
            try (Call call = new Call("packer")) {
                return call.of(precision.key())
                        .of(manager.getDevice().isGpu())
                        .of(HAS_FBGEMM)
                        .run();
            }
        });
    }

    /** The product x (T, I) to (T, O) with a packed matrix (O, I). */
    NDArray linear(NDArray x, Packed packed) {
        try (Call call = new Call("linear")) {
            return call.of(x).of(packed.object()).tensor();
        }
    }

    Table table(NDArray matrix, Precision precision) {
        try (Call call = new Call("table")) {
            return new Table(call.of(matrix).of(precision.key()).run());
        }
    }

    /** A matrix (O, I) and what is added to its products (O). */
    Packed pack(NDArray matrix, NDArray bias, Precision precision, Rounding rounding) {
        try (Call call = new Call("pack_biased")) {
            return new Packed(call.of(matrix)
                    .of(bias)
                    .of(packer(precision))
                    .of(rounding.times())
                    .run());
        }
    }

    Part noNorm() {
        try (Call call = new Call("no_norm")) {
            return call.part();
        }
    }

    Part rmsNorm(NDArray weight, double epsilon) {
        try (Call call = new Call("rms_norm")) {
            return call.of(weight).of(epsilon).part();
        }
    }

    Part layerNorm(NDArray weight, NDArray bias, double epsilon) {
        try (Call call = new Call("layer_norm")) {
            return call.of(weight).of(bias).of(epsilon).part();
        }
    }

    /** Of queries and keys; weights (S), or, if {@code wide}, of all heads. */
    Part headNorm(NDArray query, NDArray key, ModelSpec spec) {
        try (Call call = new Call("head_norm")) {
            return call.of(query)
                    .of(key)
                    .of(spec.choices().wideHeadNorm())
                    .of(spec.heads())
                    .of(spec.kvHeads())
                    .of(spec.choices().normEpsilon())
                    .part();
        }
    }

    Part gated(Packed gateUp, Packed down, String activation) {
        try (Call call = new Call("gated")) {
            return call.of(gateUp.object()).of(down.object()).of(activation).part();
        }
    }

    Part plain(Packed up, Packed down, String activation) {
        try (Call call = new Call("plain")) {
            return call.of(up.object()).of(down.object()).of(activation).part();
        }
    }

    Part experts(Packed router, int chosen, boolean normalized) {
        try (Call call = new Call("experts")) {
            return call.of(router.object()).of(chosen).of(normalized).part();
        }
    }

    void addExpert(Part experts, Part expert) {
        try (Call call = new Call("add_expert");
                Part same = call.of(experts.object()).of(expert.object()).part()) {
            same.object();
        }
    }

    void addShared(Part experts, Part expert, Packed share) {
        try (Call call = new Call("add_shared");
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
        try (Call call = new Call("are_alike")) {
            return call.of(headDim).flag();
        }
    }

    /**
     * @param exact whether attention gives a token the same bits whatever tokens are read beside it
     * @param alike what {@link #areAlike} says, if it is exact
     */
    LayerWeights layer(LayerParts parts, Choices choices, int index, boolean exact, boolean alike) {
        try (Call call = new Call("layer")) {
            int rotation = choices.rotaryOf().get(index);
            return new LayerWeights(call.of(parts.attentionNorm().object())
                    .of(parts.queryKeyValue().object())
                    .of(parts.headNorm().object())
                    .of(parts.attentionOut().object())
                    .of(parts.afterAttention().object())
                    .of(parts.ffnNorm().object())
                    .of(parts.ffn().object())
                    .of(parts.afterFfn().object())
                    .of(choices.parallel())
                    .of(choices.attentionScale())
                    .of(choices.attentionCap())
                    .of(choices.windows().get(index))
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
        try (Call call = new Call("step")) {
            return attended(call.of(x).of(layers).of(rotations), pieces);
        }
    }

    /** The numbers from 0 up to {@code count} as arguments. They live until closed. */
    List<IValue> numbers(int count) {
        return LongStream.range(0, count).mapToObj(IValue::from).toList();
    }

    /** Where the layers and attention in Java meet, for tokens x (T, D); see {@link Exchange}. */
    Exchange exchange(NDArray x, IValue layers, ModelSpec spec) {
        return new Exchange(block, manager, x, layers, spec);
    }

    NDArray products(NDArray x, NDArray attended, NDArray inner, IValue layers) {
        try (Call call = new Call("products")) {
            return call.of(x).of(attended).of(inner).of(layers).tensor();
        }
    }

    /** For each matrix of a layer, whether it gives a row the same bits whatever rows are beside it. */
    List<Invariance> invariance(LayerWeights layer, NDArray x, NDArray attended) {
        try (Call call = new Call("invariant")) {
            return Arrays.stream(call.of(layer.object()).of(x).of(attended).numbers())
                    .mapToObj(same -> Invariance.of(same == 1))
                    .toList();
        }
    }

    Invariance invariance(Packed packed, NDArray x) {
        try (Call call = new Call("invariant_linear")) {
            return Invariance.of(call.of(packed.object()).of(x).number() == 1);
        }
    }

    void copy(NDArray from, NDArray to) {
        try (Call call = new Call("copy")) {
            call.of(from).of(to).tensor().close();
        }
    }

    /** What queries (H, 1, G, S) find in the caches of all layers, added up. */
    NDArray over(NDArray query, IValue layers, List<LayerCache> caches, List<Integer> windows) {
        List<NDArray> columns = new ArrayList<>();
        for (int layer = 0; layer < caches.size(); layer++) {
            LayerCache cache = caches.get(layer);
            LayerCache.Storage storage = cache.storage();
            columns.addAll(List.of(storage.keys(), storage.values(), Piece.positions(cache, windows.get(layer))));
        }
        long[] lengths = caches.stream().mapToLong(LayerCache::length).toArray();
        long[] rows = caches.stream().mapToLong(LayerCache::rows).toArray();
        try (Call call = new Call("over")) {
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
        try (Call call = new Call("project")) {
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
        try (Call call = new Call("attend")) {
            return attended(call.of(heads).of(weights.object()).of(rotations), pieces);
        }
    }

    private static Attended attended(Call call, List<Piece> pieces) {
        NDArray[] columns = new NDArray[COLUMNS * pieces.size()];
        long[] numbers = new long[NUMBERS * pieces.size()];
        int column = 0;
        int number = 0;
        for (Piece piece : pieces) {
            LayerCache.Storage storage = piece.cache().storage();
            columns[column++] = storage.keys();
            columns[column++] = storage.values();
            columns[column++] = piece.positions();
            columns[column++] = storage.importance();
            numbers[number++] = piece.first();
            numbers[number++] = piece.tokens();
            numbers[number++] = piece.slot();
            numbers[number++] = piece.seen();
            numbers[number++] = piece.rows();
            numbers[number++] = piece.wishes();
        }
        return call.of(columns).of(numbers).tensorAndList();
    }

    /** Updates x. */
    NDArray finish(NDArray x, NDArray attended, LayerWeights weights) {
        try (Call call = new Call("finish")) {
            return call.of(x).of(attended).of(weights.object()).tensor();
        }
    }

    /** The rows (T, D) of a table (V, D) at T indices, int64. */
    NDArray rows(Table table, NDArray indices) {
        try (Call call = new Call("rows")) {
            return call.of(table.tensor()).of(indices).tensor();
        }
    }

    /** The rows (T, D) of a matrix (V, D) at T indices, int64. */
    NDArray rows(NDArray matrix, NDArray indices) {
        try (Call call = new Call("rows")) {
            return call.of(matrix).of(indices).tensor();
        }
    }

    NDArray head(NDArray x, Part norm, Packed head, double cap) {
        try (Call call = new Call("head")) {
            return call.of(x).of(norm.object()).of(head.object()).of(cap).tensor();
        }
    }

    @Override
    public void close() {
        packers.values().forEach(IValue::close);
        model.close();
    }

    /** One call of a method: its arguments in order, of which it closes those that it made. */
    private final class Call implements AutoCloseable {
        private final String method;
        private final List<IValue> arguments = new ArrayList<>(16);
        private final List<IValue> own = new ArrayList<>(16);

        Call(String method) {
            this.method = method;
        }

        Call of(NDArray array) {
            arguments.add(keep(IValue.from((PtNDArray) array)));
            return this;
        }

        Call of(long number) {
            arguments.add(keep(IValue.from(number)));
            return this;
        }

        Call of(double number) {
            arguments.add(keep(IValue.from(number)));
            return this;
        }

        Call of(String text) {
            arguments.add(keep(IValue.from(text)));
            return this;
        }

        Call of(boolean flag) {
            arguments.add(keep(IValue.from(flag)));
            return this;
        }

        Call of(NDArray... arrays) {
            arguments.add(keep(IValue.listFrom(Arrays.copyOf(arrays, arrays.length, PtNDArray[].class))));
            return this;
        }

        Call of(long... numbers) {
            arguments.add(keep(IValue.listFrom(numbers)));
            return this;
        }

        /** An argument that lives longer than the call. */
        Call of(IValue value) {
            arguments.add(value);
            return this;
        }

        IValue run() {
            return IValueUtils.runMethod(block, method, arguments.toArray(IValue[]::new));
        }

        Part part() {
            return new Part(run());
        }

        NDArray tensor() {
            return keep(run()).toTensor(manager);
        }

        boolean flag() {
            return keep(run()).toBoolean();
        }

        long number() {
            return keep(run()).toLong();
        }

        long[] numbers() {
            return keep(run()).toLongArray();
        }

        Attended tensorAndList() {
            IValue[] parts = keep(run()).toIValueTuple();
            NDArray tensor = keep(parts[0]).toTensor(manager);
            return new Attended(tensor, List.of(keep(parts[1]).toTensorArray(manager)));
        }

        private IValue keep(IValue value) {
            own.add(value);
            return value;
        }

        @Override
        public void close() {
            own.forEach(IValue::close);
        }
    }
}
