package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.Weight;
import dev.sublinear.model.attention.DecodeAttention;
import dev.sublinear.model.attention.JavaAttention;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.decoder.LayerKernels.LayerWeights;
import dev.sublinear.model.decoder.LayerKernels.Part;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.decoder.Packing.Table;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.PrecisionException;
import dev.sublinear.model.rotary.Rotation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A causal language model of any family, computed by libtorch. Owned by one thread, which loads, uses and closes it.
 *
 * <pre>{@code
 * try (Checkpoint checkpoint = HuggingFaceCheckpoint.open(path);
 *         CausalLm model = DecoderLm.load(checkpoint, Execution.exact(threads));
 *         KvCache cache = model.newCache(policy, reservation, KvCacheListener.NONE)) {
 *     float[] next = model.forward(Step.of(new Step.Slice(cache, tokens, 1)))[0];
 * }
 * }</pre>
 */
public final class DecoderLm implements CausalLm {
    private final ModelSpec spec;
    private final Execution execution;
    private final Precision precision;
    private final PtNDManager manager;
    private final Closer owned = new Closer();
    private final TorchScript script;
    private final Packing packing;
    private final Table embedding;
    private final Optional<Table> positions;
    private final OutputHead head;
    private final LayerList layers;
    private final Optional<JavaAttention> inJava;
    private final TorchAttention inTorch;
    private final Decoder decoder;

    /**
     * Loads the weights.
     *
     * @throws CheckpointException if a weight is not a finite number, or a file changes meanwhile
     * @throws PrecisionException if libtorch has no products in the precision on this machine
     */
    public static DecoderLm load(Checkpoint checkpoint, Execution execution) {
        return load(checkpoint, execution, LoadListener.NONE);
    }

    /** The same, telling a listener of every layer. */
    public static DecoderLm load(Checkpoint checkpoint, Execution execution, LoadListener listener) {
        return load(checkpoint, execution, listener, ScriptSource.text(), DecodeAttention::resolve);
    }

    /** The same with variations of the kernels. */
    static DecoderLm load(
            Checkpoint checkpoint,
            Execution execution,
            LoadListener listener,
            String text,
            IntFunction<List<DecodeAttention>> vectors) {
        return open(
                checkpoint.spec(),
                execution,
                text,
                manager -> new WeightReader(checkpoint, manager),
                listener,
                checkpoint.weights()::verifyUnchanged,
                vectors);
    }

    /** Makes a model of random weights, to measure its speed. The same seed gives the same weights. */
    public static DecoderLm random(ModelSpec spec, Execution execution, long seed) {
        return open(
                spec,
                execution,
                ScriptSource.text(),
                manager -> new RandomWeights(spec, manager, seed),
                LoadListener.NONE,
                () -> {},
                DecodeAttention::resolve);
    }

    static DecoderLm open(
            ModelSpec spec,
            Execution execution,
            String text,
            Function<NDManager, Weights> weights,
            LoadListener listener,
            Runnable whenRead,
            IntFunction<List<DecodeAttention>> vectors) {
        PtNDManager manager =
                (PtNDManager) NDManager.newBaseManager(execution.device().device(), "PyTorch");
        JniUtils.setNumThreads(execution.threads());
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            Weights stored = weights.apply(manager);
            boolean rotates = execution.precision().roundsInputs() && RotatedWeights.fit(spec.architecture());
            Weights read = rotates ? new RotatedWeights(stored, spec) : stored;
            DecoderLm model = new DecoderLm(spec, execution, manager, text, read, listener, vectors);
            try {
                whenRead.run();
                NativeHeap.trim();
                return model;
            } catch (RuntimeException e) {
                model.close();
                throw e;
            }
        } catch (RuntimeException e) {
            manager.close();
            throw e;
        }
    }

    private DecoderLm(
            ModelSpec spec,
            Execution execution,
            PtNDManager manager,
            String text,
            Weights weights,
            LoadListener listener,
            IntFunction<List<DecodeAttention>> vectors) {
        this.spec = spec;
        this.execution = execution;
        this.precision = execution.precision();
        this.manager = manager;
        try {
            this.script = owned.add(new TorchScript(manager, text));
            this.packing = owned.add(new Packing(script));
            packing.require(precision);
            LayerBuilder builder = new LayerBuilder(packing, new LayerKernels(script), spec, precision, weights);
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                this.embedding = owned.add(
                        table(weights, Weight.EMBEDDING, spec.architecture().embeddingScale()));
                Packed matrix = owned.add(head(weights));
                this.positions = spec.architecture().has(Weight.POSITIONS)
                        ? Optional.of(owned.add(table(weights, Weight.POSITIONS, 1)))
                        : Optional.empty();
                Part norm = owned.add(builder.norm(0, Weight.FINAL_NORM, Weight.FINAL_NORM_BIAS));
                this.head =
                        new OutputHead(script, norm, matrix, spec.architecture().logitCap());
            }
            List<LayerWeights> made = new ArrayList<>();
            for (int layer = 0; layer < spec.layers(); layer++) {
                made.add(owned.add(builder.layer(layer)));
                listener.onLoaded(layer + 1, spec.layers());
            }
            this.layers = owned.add(new LayerList(made));
            this.inTorch = new TorchAttention(script, layers);
            this.inJava = inJava(execution.threads(), vectors).map(owned::add);
            this.decoder = new Decoder(script, layers, spec, inJava.stream().toList(), inTorch);
        } catch (RuntimeException e) {
            owned.close();
            throw e;
        }
    }

    /** None in an exact precision: there a decoded token has the same bits as in a prompt. */
    private Optional<JavaAttention> inJava(int threads, IntFunction<List<DecodeAttention>> vectors) {
        List<DecodeAttention> kernels =
                precision.isExact() || manager.getDevice().isGpu() ? List.of() : vectors.apply(threads);
        return kernels.isEmpty() ? Optional.empty() : Optional.of(new JavaAttention(kernels, spec));
    }

    private Table table(Weights weights, Weight weight, double factor) {
        try (NDArray matrix = weights.read(0, weight)) {
            return packing.table(matrix, factor, precision);
        }
    }

    /** Reads a tied embedding a second time: to hold it in between would take as much memory again. */
    private Packed head(Weights weights) {
        if (spec.tiedHead() && precision.sharesTiedHead()) {
            return packing.tiedHead(embedding);
        }
        try (NDArray matrix = weights.readHead(spec)) {
            return packing.pack(matrix, Optional.empty(), precision.ofHead(), Rounding.TWICE);
        }
    }

    @Override
    public ModelSpec spec() {
        return spec;
    }

    @Override
    public Execution execution() {
        return execution;
    }

    @Override
    public KvShape kvShape() {
        return spec.kvShape(execution.storage());
    }

    @Override
    public KvCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
        return newCache(kvShape(), policy, memory, listener);
    }

    KvCache newCache(KvShape shape, EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
        return new KvCache(manager, shape, policy, memory, listener);
    }

    @Override
    public float[][] forward(Step step) {
        int[] tokens = tokens(step);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            int[] places = positions(step);
            List<Rotation> rotations = spec.architecture().rotary().stream()
                    .map(rotary -> rotary.at(places))
                    .toList();
            NDArray x = embedded(tokens, places);
            decoder.forward(x, step, rotations);
            int[] outputs = outputs(step);
            if (outputs.length == 0) {
                return new float[0][];
            }
            NDArray wanted = outputs.length == tokens.length ? x : packing.rows(x, indices(outputs));
            return split(head.logits(wanted).toFloatArray(), outputs.length);
        }
    }

    private NDArray embedded(int[] tokens, int[] places) {
        NDArray words = packing.rows(embedding, indices(tokens));
        return positions
                .map(table -> words.add(packing.rows(table, indices(places))))
                .orElse(words);
    }

    /** Returns this model with another storage of its caches: the same weights, closed with it. */
    public CausalLm storing(KvStorage storage) {
        return storage == execution.storage() ? this : new OtherStorage(this, storage);
    }

    /** Returns the parts that the time of a step goes into, to be measured alone. */
    public StepParts parts() {
        return new StepParts(spec, precision, script, layers, inJava, inTorch, packing, head.matrix());
    }

    @Override
    public Invariance invariance() {
        return parts().invariance().containsValue(Invariance.TOLERANT) ? Invariance.TOLERANT : Invariance.BITWISE;
    }

    @Override
    public OptionalInt mostHeldInJava() {
        return mostHeldInJava(execution.storage());
    }

    OptionalInt mostHeldInJava(KvStorage storage) {
        return inJava.filter(JavaAttention::fits).stream()
                .mapToInt(java -> java.mostHeld(storage))
                .findAny();
    }

    private int[] tokens(Step step) {
        int[] tokens = step.slices().stream()
                .flatMapToInt(slice -> Arrays.stream(slice.tokens()))
                .toArray();
        for (int token : tokens) {
            if (token < 0 || token >= spec.vocabSize()) {
                throw new IllegalArgumentException(
                        "a token id must be in [0, " + spec.vocabSize() + "), the vocabulary, was " + token);
            }
        }
        return tokens;
    }

    private static int[] positions(Step step) {
        int[] positions = new int[step.tokens()];
        int at = 0;
        for (Step.Slice slice : step.slices()) {
            int seen = slice.cache().seen();
            for (int i = 0; i < slice.tokens().length; i++) {
                positions[at++] = seen + i;
            }
        }
        return positions;
    }

    /** The rows of the step whose logits are wanted. */
    private static int[] outputs(Step step) {
        int[] outputs =
                new int[step.slices().stream().mapToInt(Step.Slice::outputs).sum()];
        int at = 0;
        int end = 0;
        for (Step.Slice slice : step.slices()) {
            end += slice.tokens().length;
            for (int row = end - slice.outputs(); row < end; row++) {
                outputs[at++] = row;
            }
        }
        return outputs;
    }

    private NDArray indices(int[] values) {
        return manager.create(Arrays.stream(values).asLongStream().toArray());
    }

    private static float[][] split(float[] logits, int rows) {
        int width = logits.length / rows;
        float[][] split = new float[rows][];
        for (int row = 0; row < rows; row++) {
            split[row] = rows == 1 ? logits : Arrays.copyOfRange(logits, row * width, (row + 1) * width);
        }
        return split;
    }

    @Override
    public int liveTensors() {
        return manager.getManagedArrays().size();
    }

    @Override
    public void close() {
        owned.close();
        manager.close();
    }
}
