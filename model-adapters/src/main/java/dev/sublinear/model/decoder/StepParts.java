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
import dev.sublinear.kvcache.Signal;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.precision.Precision;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** The parts that the time of a step goes into, each alone: what the whole is compared with. Owned as its model is. */
public final class StepParts {
    private static final long COPIED = 1L << 26; // float32: far beyond any cache of the processor

    private static final int TRIED = 33;
    private static final List<String> LAYER_MATRICES = List.of("query, key and value", "attention out", "feed-forward");

    private final ModelSpec spec;
    private final Precision precision;
    private final NDManager manager;
    private final Packing packing;
    private final Kernels kernels;
    private final Decoder decoder;
    private final Packed head;

    StepParts(
            ModelSpec spec,
            Precision precision,
            NDManager manager,
            Packing packing,
            Kernels kernels,
            Decoder decoder,
            Packed head) {
        this.spec = spec;
        this.precision = precision;
        this.manager = manager;
        this.packing = packing;
        this.kernels = kernels;
        this.decoder = decoder;
        this.head = head;
    }

    /** How many weights a token is multiplied with, the head included; two operations each. */
    public long matrixWeights() {
        return layerWeights() + Weight.EMBEDDING.shape(spec).size();
    }

    /** The same without the head, which a prompt needs for its last token only. */
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

    /** Bytes of the matrices that each step reads. */
    public long matrixBytes() {
        return matrixWeights() * precision.bytesPerWeight();
    }

    /** How many operations it takes to attend from a token to a key and its value, in all layers. */
    public long attentionOperations() {
        return 4L * spec.layers() * spec.heads() * spec.headDim();
    }

    /** Multiplies so many tokens with the matrices of all layers, and the last of {@code outputs} with the head. */
    public void linear(int tokens, int outputs) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            decoder.linear(
                    ones(tokens, spec.hiddenSize()),
                    ones(tokens, spec.heads() * spec.headDim()),
                    ones(tokens, spec.intermediateSize()));
            if (outputs > 0) {
                packing.linear(ones(outputs, spec.hiddenSize()), head);
            }
        }
    }

    private NDArray ones(int tokens, int width) {
        return manager.ones(new Shape(tokens, width));
    }

    /** Attends for one token to all that a cache holds, in all layers; changes nothing in it. */
    public void attention(KvCache cache) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            List<LayerCache> layers = new ArrayList<>();
            for (int layer = 0; layer < spec.layers(); layer++) {
                layers.add(cache.layer(layer));
            }
            Shape query = new Shape(spec.kvHeads(), 1, spec.group(), spec.headDim());
            decoder.attention(manager.ones(query), layers);
        }
    }

    /**
     * Returns for each kind of matrix whether it gives a token the same bits whatever tokens are beside it: tried with up to
     * 33 random ones.
     */
    public Map<String, Invariance> invariance() {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray x = drawn(spec.hiddenSize());
            List<Invariance> layer = decoder.invariance(x, drawn(spec.heads() * spec.headDim()));
            Map<String, Invariance> all = new LinkedHashMap<>();
            for (int i = 0; i < LAYER_MATRICES.size(); i++) {
                all.put(LAYER_MATRICES.get(i), layer.get(i));
            }
            all.put("head", packing.invariance(head, x));
            return all;
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

    /** Bytes of keys and values that attention to all that a cache holds reads. */
    public long attentionBytes(KvCache cache) {
        long vectors = 0;
        for (int layer = 0; layer < spec.layers(); layer++) {
            for (int head = 0; head < spec.kvHeads(); head++) {
                vectors += 2L * cache.layer(layer).rows(head);
            }
        }
        return vectors * spec.headDim() * cache.shape().storage().getNumOfBytes();
    }

    /**
     * Lets a cache see so many random tokens, in place of reading them with the model.
     *
     * <p>What is then held has no sense, but the size and the layout of what would be.
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
        layer.write(random(tokens, spec.headDim()), random(tokens, spec.headDim()));
        Map<Signal, NDArray> seen = new EnumMap<>(Signal.class);
        if (layer.wants(Signal.ATTENTION_WEIGHTS)) {
            seen.put(
                    Signal.ATTENTION_WEIGHTS,
                    random(tokens, KvShape.wholeBlocks(layer.view().length())).softmax(2));
        }
        if (layer.wants(Signal.QUERIES)) {
            seen.put(Signal.QUERIES, random(tokens * spec.group(), spec.headDim()));
        }
        layer.settle(new AttentionStep(seen));
        layer.trim();
    }

    private NDArray random(int tokens, int width) {
        return manager.randomNormal(0, 1, new Shape(spec.kvHeads(), tokens, width), DataType.FLOAT32);
    }

    /** Returns how many bytes the machine reads and writes in a second when it copies: the best of a few tries. */
    public double copyBytesPerSecond() {
        try (NDArray from = manager.ones(new Shape(COPIED));
                NDArray to = manager.zeros(new Shape(COPIED))) {
            double best = 0;
            for (int attempt = 0; attempt < 5; attempt++) {
                long start = System.nanoTime();
                kernels.copy(from, to);
                best = Math.max(best, 2 * COPIED * Float.BYTES / ((System.nanoTime() - start) / 1e9));
            }
            return best;
        }
    }
}
