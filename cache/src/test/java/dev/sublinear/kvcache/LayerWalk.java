package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.ReferenceLayer.Token;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Reads random tokens into a cache of two layers, a random number at a time, and into its twin one by one; compares them
 * after every piece.
 */
final class LayerWalk {
    private static final int LAYERS = 2;
    private static final int HEAD_DIM = 4;

    /** What a walk does; a failed test prints it. */
    record Plan(EvictionPolicy policy, int kvHeads, int tokens, long seed) {
        KvShape shape() {
            return new KvShape(LAYERS, kvHeads, HEAD_DIM);
        }
    }

    private final Plan plan;
    private final NDManager manager;
    private final boolean poisons;
    private final Random random;
    private final KvMemory memory = new KvMemory(Long.MAX_VALUE);

    LayerWalk(Plan plan, NDManager manager, boolean poisons) {
        this.plan = plan;
        this.manager = manager;
        this.poisons = poisons;
        this.random = new Random(plan.seed());
    }

    void run() {
        int before = manager.getManagedArrays().size();
        ReferenceLayer.Rank rank = plan.policy().scorer() instanceof HeavyHitterScorer
                ? (token, seen) -> token.importance / (seen - token.position)
                : (token, seen) -> token.position;
        List<ReferenceLayer> twins = List.of(
                new ReferenceLayer(plan.kvHeads(), plan.policy(), rank),
                new ReferenceLayer(plan.kvHeads(), plan.policy(), rank));
        KvMemory.Reservation reservation = memory.reserve(plan.shape().peakBytes(plan.policy(), plan.tokens()))
                .orElseThrow();
        try (KvCache cache = new KvCache(manager, plan.shape(), plan.policy(), reservation, KvCacheListener.NONE)) {
            int alive = manager.getManagedArrays().size();
            assertThat(alive).isEqualTo(before + 4 * LAYERS);
            while (cache.seen() < plan.tokens()) {
                int tokens = Math.min(1 + random.nextInt(random.nextBoolean() ? 3 : 90), plan.tokens() - cache.seen());
                for (int layer = 0; layer < LAYERS; layer++) {
                    read(cache, layer, twins.get(layer), tokens);
                    assertThat(manager.getManagedArrays()).hasSize(alive);
                }
                assertThat(cache.seen()).isEqualTo(twins.get(0).seen);
            }
        }
        assertThat(manager.getManagedArrays()).hasSize(before);
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
    }

    private void read(KvCache cache, int index, ReferenceLayer twin, int tokens) {
        LayerCache layer = cache.layer(index);
        int end = layer.seen() + tokens;
        if (random.nextBoolean()) {
            layer.expect(tokens);
        }
        while (layer.seen() < end) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                step(layer, twin, layer.nextPiece(end - layer.seen()));
                assertSame(layer, twin);
                assertHeldWithinBudget(layer);
                assertUnusedRowsAreClear(layer);
                assertBytes(cache, end);
            }
        }
    }

    private void step(LayerCache layer, ReferenceLayer twin, int piece) {
        if (poisons) {
            poison(layer);
        }
        int first = layer.seen();
        float[][][] keys = vectors(piece);
        float[][][] values = vectors(piece);
        if (random.nextBoolean()) {
            layer.append(tensor(keys), tensor(values));
        } else {
            claim(layer, keys, values);
        }
        if (poisons) {
            poison(layer);
        }

        // Attention as a model computes it: over whole blocks, rows that are unused or later than the query masked.
        int rows = layer.rows();
        NDIndex used = new NDIndex().addAllDim().addSliceDim(0, rows);
        LayerCache.Storage storage = layer.storage();
        NDArray query = tensor(vectors(piece));
        NDArray places = manager.arange(first, first + piece, 1, DataType.INT32).reshape(1, piece, 1);
        NDArray later = storage.positions().get(used).expandDims(1).gt(places);
        NDArray weights = query.matMul(storage.keys().get(used).transpose(0, 2, 1))
                .add(later.toType(DataType.FLOAT32, false).mul(-1e30f))
                .softmax(-1);
        float[] output = weights.matMul(storage.values().get(used)).toFloatArray();
        layer.observe(new AttentionStep(weights));
        int evicted = layer.trim();

        float[] seen = weights.toFloatArray();
        int lost = 0;
        for (int token = 0; token < piece; token++) {
            assertThat(lost)
                    .as("only the last token of a piece is followed by a trim")
                    .isZero();
            twin.append(keys[token], values[token]);
            double[][] received = new double[plan.kvHeads()][twin.length()];
            for (int head = 0; head < plan.kvHeads(); head++) {
                int row = head * piece + token;
                for (int slot = 0; slot < rows; slot++) {
                    float weight = seen[row * rows + slot];
                    if (slot < twin.length()) {
                        received[head][slot] = weight;
                    } else {
                        assertThat(weight).as("weight of a masked row").isZero();
                    }
                }
                assertOutput(output, row * HEAD_DIM, received[head], twin.heads.get(head));
            }
            if (layer.observes()) {
                twin.observe(received);
            }
            lost = twin.trim();
        }
        assertThat(evicted).isEqualTo(lost);
    }

    /** The way of a kernel that writes keys, values and positions itself. */
    private void claim(LayerCache layer, float[][][] keys, float[][][] values) {
        int piece = keys.length;
        int first = layer.seen();
        int slot = layer.claim(piece);
        NDIndex rows = new NDIndex().addAllDim().addSliceDim(slot, slot + piece);
        LayerCache.Storage storage = layer.storage();
        storage.keys().set(rows, tensor(keys));
        storage.values().set(rows, tensor(values));
        storage.positions()
                .set(
                        rows,
                        manager.arange(first, first + piece, 1, DataType.INT32)
                                .expandDims(0)
                                .broadcast(plan.kvHeads(), piece));
    }

    private static void poison(LayerCache layer) {
        LayerCache.Storage storage = layer.storage();
        int capacity = (int) storage.keys().getShape().get(1);
        if (layer.rows() < capacity) {
            NDIndex beyond = new NDIndex().addAllDim().addSliceDim(layer.rows(), capacity);
            storage.keys().set(beyond, Float.NaN);
            storage.values().set(beyond, Float.NaN);
            storage.positions().set(beyond, 0); // a place that every query may see
        }
    }

    private static void assertOutput(float[] output, int at, double[] weights, List<Token> tokens) {
        for (int i = 0; i < HEAD_DIM; i++) {
            double expected = 0;
            for (int slot = 0; slot < weights.length; slot++) {
                expected += weights[slot] * tokens.get(slot).value[i];
            }
            assertThat((double) output[at + i]).isCloseTo(expected, within(1e-4));
        }
    }

    private void assertSame(LayerCache layer, ReferenceLayer twin) {
        assertThat(layer.seen()).isEqualTo(twin.seen);
        assertThat(layer.length()).isEqualTo(twin.length());
        int length = layer.length();
        int[] positions = layer.positions().toIntArray();
        float[] keys = layer.keys().toFloatArray();
        float[] values = layer.values().toFloatArray();
        double[] importance = layer.importance().toDoubleArray();
        int[] expectedPositions = new int[plan.kvHeads() * length];
        float[] expectedKeys = new float[expectedPositions.length * HEAD_DIM];
        float[] expectedValues = new float[expectedPositions.length * HEAD_DIM];
        double[] expectedImportance = new double[expectedPositions.length];
        int at = 0;
        for (List<Token> head : twin.heads) {
            for (Token token : head) {
                expectedPositions[at] = token.position;
                System.arraycopy(token.key, 0, expectedKeys, at * HEAD_DIM, HEAD_DIM);
                System.arraycopy(token.value, 0, expectedValues, at * HEAD_DIM, HEAD_DIM);
                expectedImportance[at++] = token.importance;
            }
        }
        assertThat(positions).isEqualTo(expectedPositions);
        assertThat(Arrays.equals(keys, expectedKeys)).as("keys, bit for bit").isTrue();
        assertThat(Arrays.equals(values, expectedValues))
                .as("values, bit for bit")
                .isTrue();
        for (int i = 0; i < importance.length; i++) {
            double expected = expectedImportance[i];
            if (!(Math.abs(importance[i] - expected) <= 1e-12 * Math.max(1, expected))) {
                assertThat(importance[i]).as("importance of entry %s", i).isEqualTo(expected);
            }
        }
    }

    /** Invariant: retained tokens within budget and slack; sinks, pinned and recent kept; positions ascend. */
    private void assertHeldWithinBudget(LayerCache layer) {
        EvictionPolicy policy = plan.policy();
        int length = layer.length();
        assertThat(length).isLessThanOrEqualTo(policy.keep(layer.seen()) + policy.slack());
        int[] positions = layer.positions().toIntArray();
        for (int head = 0; head < plan.kvHeads(); head++) {
            int[] held = Arrays.copyOfRange(positions, head * length, (head + 1) * length);
            for (int slot = 1; slot < length; slot++) {
                assertThat(held[slot]).isGreaterThan(held[slot - 1]);
            }
            for (int position = 0; position < layer.seen(); position++) {
                boolean mustStay = position < policy.protection().sinks()
                        || policy.protection().pinned().contains(position)
                        || position >= layer.seen() - policy.protection().recent();
                if (mustStay && Arrays.binarySearch(held, position) < 0) {
                    assertThat(held).contains(position);
                }
            }
        }
    }

    private static void assertUnusedRowsAreClear(LayerCache layer) {
        if (layer.length() < layer.rows()) {
            NDIndex unused = new NDIndex().addAllDim().addSliceDim(layer.length(), layer.rows());
            LayerCache.Storage storage = layer.storage();
            assertThat(storage.positions().get(unused).toIntArray()).containsOnly(LayerCache.UNUSED);
            assertThat(storage.keys().get(unused).toFloatArray()).containsOnly(0f);
            assertThat(storage.values().get(unused).toFloatArray()).containsOnly(0f);
        }
    }

    private void assertBytes(KvCache cache, int expected) {
        long bytes = 0;
        for (int layer = 0; layer < LAYERS; layer++) {
            LayerCache.Storage storage = cache.layer(layer).storage();
            long entries = storage.positions().getShape().size();
            bytes += 4
                            * (storage.keys().getShape().size()
                                    + storage.values().getShape().size())
                    + entries * (4 + 8);
        }
        assertThat(cache.bytes()).isEqualTo(bytes).isEqualTo(memory.used());
        assertThat(bytes).isLessThanOrEqualTo(plan.shape().peakBytes(plan.policy(), expected));
    }

    /** Random vectors by token, head and dimension. */
    private float[][][] vectors(int tokens) {
        float[][][] vectors = new float[tokens][plan.kvHeads()][HEAD_DIM];
        for (float[][] token : vectors) {
            for (float[] head : token) {
                for (int i = 0; i < HEAD_DIM; i++) {
                    head[i] = (float) random.nextGaussian();
                }
            }
        }
        return vectors;
    }

    private NDArray tensor(float[][][] vectors) {
        float[] flat = new float[plan.kvHeads() * vectors.length * HEAD_DIM];
        int at = 0;
        for (int head = 0; head < plan.kvHeads(); head++) {
            for (float[][] token : vectors) {
                System.arraycopy(token[head], 0, flat, at, HEAD_DIM);
                at += HEAD_DIM;
            }
        }
        return manager.create(flat, new Shape(plan.kvHeads(), vectors.length, HEAD_DIM));
    }
}
