package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.LayerView;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.JavaAttention;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.precision.Precision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** The parts that take up the time of a step, each measured alone. Owned by the thread of its model. */
public final class StepParts {
    private static final long COPIED = 1L << 26; // float32: far beyond any cache of the processor

    private static final int TRIED = 33;
    private static final List<String> LAYER_MATRICES = List.of("query, key and value", "attention out", "feed-forward");

    private final ModelSpec spec;
    private final Precision precision;
    private final NDManager manager;
    private final TorchScript script;
    private final LayerList layers;
    private final Optional<JavaAttention> inJava;
    private final TorchAttention inTorch;
    private final Packing packing;
    private final Packed head;

    StepParts(
            ModelSpec spec,
            Precision precision,
            TorchScript script,
            LayerList layers,
            Optional<JavaAttention> inJava,
            TorchAttention inTorch,
            Packing packing,
            Packed head) {
        this.spec = spec;
        this.precision = precision;
        this.manager = script.manager();
        this.script = script;
        this.layers = layers;
        this.inJava = inJava;
        this.inTorch = inTorch;
        this.packing = packing;
        this.head = head;
    }

    /** Returns how many weights a token is multiplied with, those of the head included; each takes two operations. */
    public long matrixWeights() {
        return layerWeights() + Weight.EMBEDDING.shape(spec).size();
    }

    /** Returns the weights without those of the head, which a prompt needs for its last token only. */
    public long layerWeights() {
        long sum = 0;
        for (Weight weight : Weight.values()) {
            boolean multiplied = weight.isOfLayer() && weight.shape(spec).dimension() == 2;
            if (multiplied && weight.copies(spec) > 0) {
                sum += spec.layers()
                        * weight.usedByToken(spec)
                        * weight.shape(spec).size();
            }
        }
        return sum;
    }

    /** Returns the bytes of the matrices that each step reads. */
    public long matrixBytes() {
        long head = matrixWeights() - layerWeights();
        return Math.round(layerWeights() * precision.bytesPerWeight()
                + head * precision.ofHead().bytesPerWeight());
    }

    /** Returns the operations that attention from a token to a key and its value takes in all layers. */
    public long attentionOperations() {
        return 4L * spec.layers() * spec.heads() * spec.headDim();
    }

    /** Multiplies {@code tokens} tokens with the matrices of all layers, and {@code outputs} tokens with the head. */
    public void linear(int tokens, int outputs) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            try (Call call = script.call("products")) {
                call.of(ones(tokens, spec.hiddenSize()))
                        .of(ones(tokens, spec.heads() * spec.headDim()))
                        .of(ones(tokens, spec.intermediateSize()))
                        .of(layers.all())
                        .tensor();
            }
            if (outputs > 0) {
                packing.linear(ones(outputs, spec.hiddenSize()), head);
            }
        }
    }

    private NDArray ones(int tokens, int width) {
        return manager.ones(new Shape(tokens, width));
    }

    /** Attends for one token to everything that a cache holds, in all layers. The cache stays as it is. */
    public void attention(KvCache cache) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray query = manager.ones(new Shape(spec.kvHeads(), 1, spec.group(), spec.headDim()));
            List<Chunk> newest = new ArrayList<>();
            for (int layer = 0; layer < spec.layers(); layer++) {
                newest.add(Chunk.newest(
                        cache.layer(layer), spec.architecture().windows().get(layer)));
            }
            if (inJava.isPresent() && newest.stream().allMatch(inJava.orElseThrow()::takes)) {
                float[] asking = query.toFloatArray();
                float[] found = new float[asking.length];
                newest.forEach(chunk -> inJava.orElseThrow().read(chunk.cache(), asking, found));
            } else {
                inTorch.read(query, newest);
            }
        }
    }

    /**
     * Returns for each kind of matrix whether a token gets the same bits beside any other tokens, as found with up to 33 random
     * tokens.
     */
    public Map<String, Invariance> invariance() {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray x = drawn(spec.hiddenSize());
            long[] same = invariance(x, drawn(spec.heads() * spec.headDim()));
            Map<String, Invariance> all = new LinkedHashMap<>();
            for (int i = 0; i < LAYER_MATRICES.size(); i++) {
                all.put(LAYER_MATRICES.get(i), Invariance.of(same[i] == 1));
            }
            all.put("head", packing.invariance(head, x));
            return all;
        }
    }

    /** For each of {@link #LAYER_MATRICES}, in the first layer, 1 if it does. */
    private long[] invariance(NDArray x, NDArray attended) {
        try (Call call = script.call("invariant")) {
            return call.of(layers.layer(0)).of(x).of(attended).numbers();
        }
    }

    private NDArray drawn(int width) {
        Random random = new Random(width);
        float[] numbers = new float[TRIED * width];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return manager.create(numbers, new Shape(TRIED, width));
    }

    /** Returns the bytes of keys and values that attention over a whole cache reads. */
    public long attentionBytes(KvCache cache) {
        long vectors = 0;
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (int head = 0; head < spec.kvHeads(); head++) {
                vectors += 2L * cache.layer(layer).rows(head);
            }
        }
        return vectors * cache.shape().storage().vectorBytes(spec.headDim());
    }

    /**
     * Fills a cache with random keys and values of {@code tokens} tokens, in place of reading them with the model.
     *
     * <p>Their size and layout are those of real ones.
     */
    public void fill(KvCache cache, int tokens) {
        for (int index = 0; index < spec.layers(); index++) {
            LayerCache layer = cache.layer(index);
            layer.expect(tokens);
            for (int left = tokens; left > 0; ) {
                int chunk = layer.nextChunk(left);
                try (NDScope temporaries = new NDScope()) {
                    temporaries.suppressNotUsedWarning();
                    read(layer, chunk);
                }
                left -= chunk;
            }
        }
    }

    private void read(LayerCache layer, int tokens) {
        layer.claim(tokens);
        layer.write(random(spec.kvHeads(), tokens, spec.headDim()), random(spec.kvHeads(), tokens, spec.headDim()));
        layer.settle(
                layer.views().stream().map(view -> step(layer, view, tokens)).toList());
        layer.trim();
    }

    private AttentionStep step(LayerCache layer, LayerView view, int tokens) {
        Map<Signal, NDArray> seen = new EnumMap<>(Signal.class);
        if (layer.wants(Signal.ATTENTION_WEIGHTS)) {
            seen.put(
                    Signal.ATTENTION_WEIGHTS,
                    random(heads(layer), tokens, KvShape.wholeBlocks(view.length()))
                            .softmax(2));
        }
        if (layer.wants(Signal.QUERIES)) {
            seen.put(Signal.QUERIES, random(heads(layer), tokens * spec.group(), spec.headDim()));
        }
        return new AttentionStep(seen);
    }

    /** Returns how many heads each view of a layer has. */
    private int heads(LayerCache layer) {
        return spec.kvHeads() / layer.views().size();
    }

    private NDArray random(int heads, int tokens, int width) {
        return manager.randomNormal(0, 1, new Shape(heads, tokens, width), DataType.FLOAT32);
    }

    /** Returns the bytes that the machine reads and writes in a second when it copies, the best of five tries. */
    public double copyBytesPerSecond() {
        try (NDArray from = manager.ones(new Shape(COPIED));
                NDArray to = manager.zeros(new Shape(COPIED))) {
            double best = 0;
            for (int attempt = 0; attempt < 5; attempt++) {
                long start = System.nanoTime();
                copy(from, to);
                best = Math.max(best, 2 * COPIED * Float.BYTES / ((System.nanoTime() - start) / 1e9));
            }
            return best;
        }
    }

    private void copy(NDArray from, NDArray to) {
        try (Call call = script.call("copy")) {
            call.of(from).of(to).tensor().close();
        }
    }
}
