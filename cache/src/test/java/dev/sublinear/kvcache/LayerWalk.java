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
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Reads random tokens into caches of two layers, a random number at a time, forks, truncates and closes them at random, and
 * does the same to their twins; compares the two after every piece. Rows that nothing may read are NaN all the while.
 */
final class LayerWalk {
    private static final int LAYERS = 2;
    private static final int HEAD_DIM = 4;
    private static final int MOST_CACHES = 3;

    /**
     * What a walk does; a failed test prints it.
     *
     * @param tokens after which a cache is closed
     * @param operations appends, observations, trims, forks and truncations, at least
     */
    record Plan(EvictionPolicy policy, int kvHeads, DataType storage, int tokens, int operations, long seed) {
        KvShape shape() {
            return new KvShape(LAYERS, kvHeads, HEAD_DIM, storage, Collections.nCopies(LAYERS, policy.window()));
        }
    }

    /** A cache and the twins of its layers. */
    private record Life(KvCache cache, List<ReferenceLayer> twins) {}

    private final Plan plan;
    private final NDManager manager;
    private final Random random;
    private final ReferenceLayer.Rank rank;
    private final KvMemory memory = new KvMemory(Long.MAX_VALUE);
    private final List<Life> lives = new ArrayList<>();
    private int operations;
    private int trims;

    LayerWalk(Plan plan, NDManager manager) {
        this.plan = plan;
        this.manager = manager;
        this.random = new Random(plan.seed());
        Scorer scorer = plan.policy().scorer();
        this.rank = scorer instanceof HeavyHitterScorer
                ? new ReferenceLayer.Sums((token, seen) -> token.tokenState[0] / (seen - token.position))
                : scorer instanceof RecencyScorer
                        ? new ReferenceLayer.Sums((token, seen) -> token.position)
                        : new ReferenceLayer.Asked(scorer, manager);
    }

    /** Returns how many operations it did. */
    int run() {
        int before = manager.getManagedArrays().size();
        while (operations < plan.operations()) {
            if (lives.isEmpty()) {
                open();
            }
            Life life = lives.get(random.nextInt(lives.size()));
            switch (random.nextInt(20)) {
                case 0 -> fork(life);
                case 1 -> truncate(life);
                default -> read(life);
            }
            for (Life other : lives) {
                if (other.equals(life) || random.nextInt(8) == 0) {
                    assertSame(other);
                }
            }
            assertBytes();
            if (life.cache().seen() >= plan.tokens()) {
                life.cache().close();
                lives.remove(life);
                assertBytes();
            }
        }
        lives.forEach(life -> life.cache().close());
        assertThat(manager.getManagedArrays()).hasSize(before);
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        return operations;
    }

    int trims() {
        return trims;
    }

    private void open() {
        KvCache cache = new KvCache(manager, plan.shape(), plan.policy(), reserve(), KvCacheListener.NONE);
        List<ReferenceLayer> twins = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            twins.add(new ReferenceLayer(plan.kvHeads(), HEAD_DIM, plan.policy(), rank));
        }
        lives.add(new Life(cache, twins));
    }

    private KvMemory.Reservation reserve() {
        return memory.reserve(plan.shape().peakBytes(plan.policy(), plan.tokens()))
                .orElseThrow();
    }

    private void fork(Life life) {
        if (lives.size() < MOST_CACHES) {
            KvCache fork = life.cache().fork(reserve(), KvCacheListener.NONE);
            Life other = new Life(
                    fork, life.twins().stream().map(ReferenceLayer::fork).toList());
            lives.add(other);
            assertSame(other);
            operations++;
        }
    }

    private void truncate(Life life) {
        int least = life.twins().get(0).seenAtTrim;
        int tokens = least + random.nextInt(life.cache().seen() - least + 1);
        life.cache().truncate(tokens);
        life.twins().forEach(twin -> twin.truncate(tokens));
        operations++;
    }

    private void read(Life life) {
        KvCache cache = life.cache();
        int tokens = Math.min(1 + random.nextInt(random.nextBoolean() ? 3 : 90), plan.tokens() - cache.seen());
        for (int index = 0; index < LAYERS; index++) {
            LayerCache layer = cache.layer(index);
            int end = layer.seen() + tokens;
            if (random.nextBoolean()) {
                layer.expect(tokens);
            }
            while (layer.seen() < end) {
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    step(layer, life.twins().get(index), layer.nextChunk(end - layer.seen()));
                    assertHeldWithinBudget(layer);
                    assertUnusedRowsAreClear(layer);
                }
            }
        }
    }

    private void assertSame(Life life) {
        for (int layer = 0; layer < LAYERS; layer++) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                assertSame(life.cache().layer(layer), life.twins().get(layer));
            }
        }
    }

    private void step(LayerCache layer, ReferenceLayer twin, int piece) {
        poison(layer);
        int first = layer.seen();
        float[][][] keys = vectors(piece);
        float[][][] values = vectors(piece);
        if (random.nextBoolean()) {
            layer.claim(piece);
            layer.write(tensor(keys), tensor(values));
        } else {
            writeInPlace(layer, keys, values);
        }
        poison(layer);

        // Attention as a model computes it: over whole blocks, rows that are unused or later than the query masked.
        int rows = layer.rows(0);
        NDIndex used = new NDIndex().addAllDim().addSliceDim(0, rows);
        LayerCache.Tensors storage = layer.tensors();
        float[][][] queries = vectors(piece);
        NDArray query = tensor(queries);
        NDArray places = manager.arange(first, first + piece, 1, DataType.INT32).reshape(1, piece, 1);
        NDArray later = placed(layer, rows).expandDims(1).gt(places);
        NDArray weights = query.matMul(exact(storage.keys().get(used)).transpose(0, 2, 1))
                .add(later.toType(DataType.FLOAT32, false).mul(-1e30f))
                .softmax(-1);
        float[] output = weights.matMul(exact(storage.values().get(used))).toFloatArray();
        layer.settle(new AttentionStep(weights).with(Signal.QUERIES, query));
        int evicted = layer.trim();
        operations += 3;

        for (int token = 0; token < piece; token++) {
            assertThat(plan.policy().outgrown(0, twin.length(), twin.seen))
                    .as("only the last token of a piece is followed by a trim")
                    .isFalse();
            twin.append(keys[token], values[token]);
        }
        double[][][] received = received(weights.toFloatArray(), piece, rows, twin.length());
        for (int head = 0; head < plan.kvHeads(); head++) {
            for (int token = 0; token < piece; token++) {
                assertOutput(output, (head * piece + token) * HEAD_DIM, received[head][token], twin.heads.get(head));
            }
        }
        if (!plan.policy().needs().isEmpty()) {
            twin.observe(received, byHead(queries));
        }
        assertThat(evicted).isEqualTo(twin.trim());
        trims += evicted > 0 ? 1 : 0;
    }

    private static NDArray exact(NDArray stored) {
        return stored.toType(DataType.FLOAT32, false);
    }

    /** The weights of the tokens held, by head, query and slot; those of other rows must be zero. */
    private double[][][] received(float[] weights, int piece, int rows, int length) {
        double[][][] received = new double[plan.kvHeads()][piece][length];
        for (int head = 0; head < plan.kvHeads(); head++) {
            for (int token = 0; token < piece; token++) {
                for (int slot = 0; slot < rows; slot++) {
                    float weight = weights[(head * piece + token) * rows + slot];
                    if (slot < length) {
                        received[head][token][slot] = weight;
                    } else if (weight != 0) {
                        assertThat(weight).as("weight of a masked row").isZero();
                    }
                }
            }
        }
        return received;
    }

    private float[][][] byHead(float[][][] vectors) {
        float[][][] turned = new float[plan.kvHeads()][vectors.length][];
        for (int token = 0; token < vectors.length; token++) {
            for (int head = 0; head < plan.kvHeads(); head++) {
                turned[head][token] = vectors[token][head];
            }
        }
        return turned;
    }

    /** The positions of all rows, those of unused ones later than any query. */
    private NDArray placed(LayerCache layer, int rows) {
        NDArray unused = manager.full(new Shape(plan.kvHeads(), rows - layer.length(0)), 1 << 30, DataType.INT32);
        return layer.view().positions().concat(unused, 1);
    }

    /** The way of a kernel that writes keys and values itself. */
    private void writeInPlace(LayerCache layer, float[][][] keys, float[][][] values) {
        int piece = keys.length;
        int row = layer.row(0, layer.claim(piece));
        NDIndex rows = new NDIndex().addAllDim().addSliceDim(row, row + piece);
        LayerCache.Tensors storage = layer.tensors();
        storage.keys().set(rows, tensor(keys).toType(plan.storage(), false));
        storage.values().set(rows, tensor(values).toType(plan.storage(), false));
    }

    private static void poison(LayerCache layer) {
        LayerCache.Tensors storage = layer.tensors();
        int capacity = (int) storage.keys().getShape().get(1);
        if (layer.rows(0) < capacity) {
            NDIndex beyond = new NDIndex().addAllDim().addSliceDim(layer.rows(0), capacity);
            storage.keys().set(beyond, Float.NaN);
            storage.values().set(beyond, Float.NaN);
        }
    }

    private static void assertOutput(float[] output, int at, double[] weights, List<Token> tokens) {
        for (int i = 0; i < HEAD_DIM; i++) {
            double expected = 0;
            for (int slot = 0; slot < weights.length; slot++) {
                expected += weights[slot] * tokens.get(slot).value[i];
            }
            // AssertJ makes decimals of both, which takes longer than all the rest.
            if (!(Math.abs(output[at + i] - expected) <= 1e-4)) {
                assertThat((double) output[at + i]).isCloseTo(expected, within(1e-4));
            }
        }
    }

    private void assertSame(LayerCache layer, ReferenceLayer twin) {
        assertThat(layer.seen()).isEqualTo(twin.seen);
        assertThat(layer.length(0)).isEqualTo(twin.length());
        int length = layer.view().length();
        int[] positions = layer.view().positions().toIntArray();
        float[] keys = layer.view().keys().toFloatArray();
        float[] values = layer.view().values().toFloatArray();
        double[] tokenState = layer.view().tokenState().toDoubleArray();
        int[] expectedPositions = new int[plan.kvHeads() * length];
        float[] expectedKeys = new float[expectedPositions.length * HEAD_DIM];
        float[] expectedValues = new float[expectedPositions.length * HEAD_DIM];
        int numbers = plan.policy().stateOfToken();
        double[] expectedTokenState = new double[expectedPositions.length * numbers];
        int at = 0;
        for (List<Token> head : twin.heads) {
            for (Token token : head) {
                expectedPositions[at] = token.position;
                System.arraycopy(token.key, 0, expectedKeys, at * HEAD_DIM, HEAD_DIM);
                System.arraycopy(token.value, 0, expectedValues, at * HEAD_DIM, HEAD_DIM);
                System.arraycopy(token.tokenState, 0, expectedTokenState, at * numbers, numbers);
                at++;
            }
        }
        assertThat(positions).isEqualTo(expectedPositions);
        assertThat(Arrays.equals(keys, expectedKeys)).as("keys, bit for bit").isTrue();
        assertThat(Arrays.equals(values, expectedValues))
                .as("values, bit for bit")
                .isTrue();
        for (int i = 0; i < tokenState.length; i++) {
            double expected = expectedTokenState[i];
            if (!(Math.abs(tokenState[i] - expected) <= 1e-12 * Math.max(1, expected))) {
                assertThat(tokenState[i]).as("tokenState of entry %s", i).isEqualTo(expected);
            }
        }
    }

    /** Invariant: retained tokens within budget and slack; sinks, pinned and recent kept; no position twice. */
    private void assertHeldWithinBudget(LayerCache layer) {
        EvictionPolicy policy = plan.policy();
        int length = layer.length(0);
        assertThat(length).isLessThanOrEqualTo(policy.keep(0, layer.seen()) + policy.slack());
        int[] positions = layer.view().positions().toIntArray();
        for (int head = 0; head < plan.kvHeads(); head++) {
            int[] held = Arrays.copyOfRange(positions, head * length, (head + 1) * length);
            Arrays.sort(held);
            for (int slot = 1; slot < length; slot++) {
                assertThat(held[slot]).isGreaterThan(held[slot - 1]);
            }
            for (int position = 0; position < layer.seen(); position++) {
                boolean mustStay = position < policy.protection().sinks()
                        || policy.protection().pinned().contains(position)
                        || position >= layer.seen() - policy.protection().recent();
                boolean mayBeAttended = policy.window() == 0 || position >= layer.seen() - policy.window();
                if (mustStay && mayBeAttended && Arrays.binarySearch(held, position) < 0) {
                    assertThat(held).contains(position);
                }
            }
        }
    }

    private static void assertUnusedRowsAreClear(LayerCache layer) {
        if (layer.length(0) < layer.rows(0)) {
            NDIndex unused = new NDIndex().addAllDim().addSliceDim(layer.length(0), layer.rows(0));
            LayerCache.Tensors storage = layer.tensors();
            assertThat(storage.keys().get(unused).toFloatArray()).containsOnly(0f);
            assertThat(storage.values().get(unused).toFloatArray()).containsOnly(0f);
        }
    }

    /** Invariant: what is reported is what the tensors that are alive take. */
    private void assertBytes() {
        long bytes = 0;
        for (NDArray array : manager.getManagedArrays()) {
            bytes += array.size() * array.getDataType().getNumOfBytes();
        }
        assertThat(lives.stream().mapToLong(life -> life.cache().bytes()).sum())
                .isEqualTo(bytes)
                .isEqualTo(memory.used());
        for (Life life : lives) {
            assertThat(life.cache().bytes()).isLessThanOrEqualTo(plan.shape().peakBytes(plan.policy(), plan.tokens()));
        }
    }

    /** Random vectors by token, head and dimension. */
    private float[][][] vectors(int tokens) {
        float[][][] vectors = new float[tokens][plan.kvHeads()][HEAD_DIM];
        for (float[][] token : vectors) {
            for (float[] head : token) {
                for (int i = 0; i < HEAD_DIM; i++) {
                    float number = (float) random.nextGaussian();
                    // Multiples of 1/256 up to 8 fit into float16, so that both storages hold them exactly.
                    head[i] = plan.storage() == DataType.FLOAT16 ? Math.round(number * 256) / 256f : number;
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
