package dev.sublinear.model;

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
import dev.sublinear.kvcache.Signal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The methods of {@code decoder.py}, where shapes are given. Results belong to the scope of the step.
 *
 * <p>Every call crosses into libtorch once; that, not arithmetic, is what small products cost.
 */
final class Kernels implements AutoCloseable {
    private static final List<String> SOURCES = List.of("linear.py", "decoder.py");

    private final PtNDManager manager;
    private final Model model;
    private final PtSymbolBlock block;

    Kernels(PtNDManager manager) {
        this.manager = manager;
        this.model = Model.newInstance(
                "kernels", manager.getDevice(), manager.getEngine().getEngineName());
        // Of this thread: profiling and re-optimising cost more than they gain.
        JniUtils.setGraphExecutorOptimize(false);
        try {
            load();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot load the TorchScript of " + SOURCES, e);
        }
        this.block = (PtSymbolBlock) model.getBlock();
    }

    private void load() throws IOException {
        Path directory = Files.createTempDirectory("sublinear-kernels");
        Path archive = directory.resolve("kernels.pt");
        try {
            StringBuilder script = new StringBuilder();
            for (String source : SOURCES) {
                script.append(read(source)).append("\n\n");
            }
            ScriptArchive.write(archive, script.toString());
            model.load(directory, "kernels");
        } catch (MalformedModelException e) {
            throw new IOException(e);
        } finally {
            Files.deleteIfExists(archive);
            Files.deleteIfExists(directory);
        }
    }

    private static String read(String source) throws IOException {
        try (InputStream in = Kernels.class.getResourceAsStream(source)) {
            if (in == null) {
                throw new IOException("resource " + source + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
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

    /** Rotations of the tokens of a step, each (T, 1, S). */
    record Rotation(NDArray cos, NDArray sin) {}

    /** Queries (T, H, G, S), keys and values (T, H, S). */
    record Projected(NDArray query, NDArray key, NDArray value) {}

    /** What attention, or the whole layer, returns (T, ...), and the weights (H, T, R) and queries (H, T * G, S) if the cache wants them. */
    record Attended(NDArray output, NDArray weights, NDArray queries) {}

    Packed pack(NDArray matrix, Precision precision) {
        try (Call call = new Call("pack")) {
            return new Packed(call.of(matrix).of(precision.key()).run());
        }
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

    LayerWeights layer(
            NDArray attentionNorm,
            Packed queryKeyValue,
            Packed attentionOut,
            NDArray ffnNorm,
            Packed gateUp,
            Packed down,
            double epsilon) {
        try (Call call = new Call("layer")) {
            return new LayerWeights(call.of(attentionNorm)
                    .of(queryKeyValue.object())
                    .of(attentionOut.object())
                    .of(ffnNorm)
                    .of(gateUp.object())
                    .of(down.object())
                    .of(epsilon)
                    .run());
        }
    }

    /** Claimed slots: the first, and the position of the first token in it. */
    record Slots(int slot, int seen) {}

    Attended whole(NDArray x, LayerWeights weights, Rotation rotation, LayerCache cache, Slots slots) {
        try (Call call = new Call("whole")) {
            call.of(x).of(weights.object()).of(rotation.cos()).of(rotation.sin());
            return cached(call, cache, slots);
        }
    }

    Projected project(NDArray x, LayerWeights weights, Rotation rotation, int kvHeads) {
        try (Call call = new Call("project")) {
            NDArray[] parts = call.of(x)
                    .of(weights.object())
                    .of(rotation.cos())
                    .of(rotation.sin())
                    .of(kvHeads)
                    .tensors();
            return new Projected(parts[0], parts[1], parts[2]);
        }
    }

    Attended attend(Projected tokens, LayerCache cache, Slots slots) {
        try (Call call = new Call("attend")) {
            call.of(tokens.query()).of(tokens.key()).of(tokens.value());
            return cached(call, cache, slots);
        }
    }

    private static Attended cached(Call call, LayerCache cache, Slots slots) {
        LayerCache.Storage storage = cache.storage();
        NDArray[] parts = call.of(storage.keys())
                .of(storage.values())
                .of(storage.positions())
                .of(slots.slot())
                .of(slots.seen())
                .of(cache.rows())
                .of(cache.wants(Signal.ATTENTION_WEIGHTS))
                .of(cache.wants(Signal.QUERIES))
                .tensors();
        return new Attended(parts[0], parts[1], parts[2]);
    }

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

    NDArray head(NDArray x, NDArray norm, Packed head, double epsilon) {
        try (Call call = new Call("head")) {
            return call.of(x).of(norm).of(head.object()).of(epsilon).tensor();
        }
    }

    @Override
    public void close() {
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

        /** An argument that lives longer than the call. */
        Call of(IValue value) {
            arguments.add(value);
            return this;
        }

        IValue run() {
            return IValueUtils.runMethod(block, method, arguments.toArray(IValue[]::new));
        }

        NDArray tensor() {
            return keep(run()).toTensor(manager);
        }

        NDArray[] tensors() {
            IValue[] parts = keep(run()).toIValueTuple();
            NDArray[] tensors = new NDArray[parts.length];
            for (int i = 0; i < parts.length; i++) {
                tensors[i] = keep(parts[i]).toTensor(manager);
            }
            return tensors;
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
