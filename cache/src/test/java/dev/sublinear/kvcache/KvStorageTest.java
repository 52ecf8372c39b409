package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What storing keys and values in fewer bits costs and saves. */
final class KvStorageTest {
    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    @Test
    void storage_float16_holdsHalfTheBytesOfVectorsWithinTheirPrecision() {
        Random random = new Random(Seed.or(9));
        float[] numbers = new float[2 * 50 * 4];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        KvShape half = new KvShape(1, 2, 4, KvStorage.FLOAT16);
        long room = half.peakBytes(unlimited(), 64);
        try (KvCache cache = new KvCache(
                manager, half, unlimited(), new KvMemory(room).reserve(room).orElseThrow(), KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            append(layer, manager.create(numbers, new Shape(2, 50, 4)), ones(2, 50, 4));
            assertThat(layer.tensors().keys().getDataType()).isEqualTo(DataType.FLOAT16);
            assertThat(layer.view().keys().getDataType()).isEqualTo(DataType.FLOAT32);
            float[] held = layer.view().keys().toFloatArray();
            for (int i = 0; i < held.length; i++) {
                assertThat(held[i]).isCloseTo(numbers[i], within(Math.abs(numbers[i]) * 0x1p-11f));
            }
            assertThat(cache.bytes()).isEqualTo(2 * 64 * (2 * 4 * 2 + 4));
        }
    }

    /** A number is off by at most half of a 127th of the greatest of its vector, whoever writes it: the same whole numbers. */
    @Test
    void storage_int8_holdsAQuarterOfTheBytesOfVectorsWithinHalfAStep() {
        Random random = new Random(Seed.or(10));
        int dim = 32;
        int tokens = 64 + 40;
        float[] numbers = new float[2 * tokens * dim];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i / dim == 7 ? 0 : (float) (random.nextGaussian() * (1 + i / dim % 5));
        }
        KvShape shape = new KvShape(1, 2, dim, KvStorage.INT8);
        long room = 2 * shape.peakBytes(unlimited(), 128);
        KvMemory memory = new KvMemory(room);
        try (KvCache written = new KvCache(
                        manager, shape, unlimited(), memory.reserve(room / 2).orElseThrow(), KvCacheListener.NONE);
                KvCache put = new KvCache(
                        manager, shape, unlimited(), memory.reserve(room / 2).orElseThrow(), KvCacheListener.NONE)) {
            NDArray vectors = manager.create(numbers, new Shape(2, tokens, dim));
            NDArray turned = vectors.mul(-3);
            for (int from = 0; from < tokens; from += 64) {
                int to = Math.min(tokens, from + 64);
                append(written.layer(0), vectors.get(":, {}:{}", from, to), turned.get(":, {}:{}", from, to));
                int position = put.layer(0).claim(to - from);
                for (int head = 0; head < 2; head++) {
                    for (int token = 0; token < to - from; token++) {
                        float[] both = new float[2 * dim];
                        for (int i = 0; i < dim; i++) {
                            both[i] = numbers[(head * tokens + from + token) * dim + i];
                            both[dim + i] = both[i] * -3;
                        }
                        int row = put.layer(0).first(head) + put.layer(0).row(head, position) + token;
                        put.layer(0).memory().rows().put(row, both, 0, dim);
                    }
                }
            }
            float[] held = written.layer(0).view().keys().toFloatArray();
            for (int at = 0; at < held.length; at += dim) {
                float greatest = 0;
                for (int i = at; i < at + dim; i++) {
                    greatest = Math.max(greatest, Math.abs(numbers[i]));
                }
                for (int i = at; i < at + dim; i++) {
                    assertThat(held[i]).isCloseTo(numbers[i], within(greatest / 254 * 1.0001f));
                }
            }
            assertThat(put.layer(0).view().keys().toFloatArray()).containsExactly(held);
            assertThat(put.layer(0).view().values().toFloatArray())
                    .containsExactly(written.layer(0).view().values().toFloatArray());
            assertThat(written.bytes()).isEqualTo(2L * 128 * (2 * (dim + 4) + 4));
        }
    }

    @Test
    void storage_int8_ofWhatIsNoNumber_isNoNumber() {
        KvShape shape = new KvShape(1, 1, 4, KvStorage.INT8);
        long room = shape.peakBytes(unlimited(), 64);
        try (KvCache cache = new KvCache(
                manager, shape, unlimited(), new KvMemory(room).reserve(room).orElseThrow(), KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            int row = layer.claim(2);
            layer.memory().rows().put(row, new float[] {1, Float.NaN, 2, 3, 1, 2, Float.POSITIVE_INFINITY, 3}, 0, 4);
            layer.memory().rows().put(row + 1, new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 0, 4);
            assertThat(layer.view().keys().get(":, 0").toFloatArray()).containsOnly(Float.NaN);
            assertThat(layer.view().values().get(":, 0").toFloatArray()).contains(Float.NaN);
            assertThat(layer.view().keys().get(":, 1").toFloatArray()).doesNotContain(Float.NaN);
        }
    }

    /** A vector of 64 numbers of unit variance has a greatest of about 2.6: each number is off by a hundredth, at most. */
    @Test
    void storage_int8_changesAttentionByLessThanAHundredth() {
        double worst = 0;
        double square = 0;
        int outputs = 0;
        for (long seed : Seed.each(20)) {
            float[] exact = attention(KvStorage.FLOAT32, seed);
            float[] rounded = attention(KvStorage.INT8, seed);
            for (int i = 0; i < exact.length; i++) {
                double error = Math.abs(rounded[i] - exact[i]);
                worst = Math.max(worst, error);
                square += error * error;
                outputs++;
            }
        }
        assertThat(worst).as("largest error, outputs have a deviation of 0.1").isBetween(1e-4, 1e-2);
        assertThat(Math.sqrt(square / outputs)).as("root mean square error").isBetween(1e-5, 2e-3);
    }

    /**
     * What storing as float16 costs in the output of attention, for keys, queries and values of unit variance: each is off by
     * at most 2^-11 of itself, a logit by about 2^-11, a softmax weight by as much of itself.
     */
    @Test
    void storage_float16_changesAttentionByLessThanAThousandth() {
        double worst = 0;
        double square = 0;
        int outputs = 0;
        for (long seed : Seed.each(20)) {
            float[] exact = attention(KvStorage.FLOAT32, seed);
            float[] half = attention(KvStorage.FLOAT16, seed);
            for (int i = 0; i < exact.length; i++) {
                double error = Math.abs(half[i] - exact[i]);
                worst = Math.max(worst, error);
                square += error * error;
                outputs++;
            }
        }
        assertThat(worst).as("largest error, outputs have a deviation of 0.1").isBetween(1e-6, 1e-3);
        assertThat(Math.sqrt(square / outputs)).as("root mean square error").isBetween(1e-7, 1e-4);
    }

    /** The output of 8 random queries over 200 random tokens, heads of 64 numbers. */
    private float[] attention(KvStorage storage, long seed) {
        KvShape shape = new KvShape(1, 2, 64, storage);
        Random random = new Random(seed);
        long room = shape.peakBytes(unlimited(), 256);
        try (KvCache cache = new KvCache(
                        manager,
                        shape,
                        unlimited(),
                        new KvMemory(room).reserve(room).orElseThrow(),
                        KvCacheListener.NONE);
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            LayerCache layer = cache.layer(0);
            for (int token = 0; token < 200; token++) {
                append(layer, normal(random, 1), normal(random, 1));
            }
            NDArray scores = normal(random, 8).matMul(layer.view().keys().transpose(0, 2, 1));
            return scores.div(8).softmax(-1).matMul(layer.view().values()).toFloatArray();
        }
    }

    private NDArray normal(Random random, int tokens) {
        float[] numbers = new float[2 * tokens * 64];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return manager.create(numbers, new Shape(2, tokens, 64));
    }

    private static void append(LayerCache layer, NDArray keys, NDArray values) {
        layer.claim((int) keys.getShape().get(1));
        layer.write(keys, values);
    }

    private static EvictionPolicy unlimited() {
        return EvictionPolicy.of(new Unlimited(), new RecencyScorer());
    }

    private NDArray ones(long... dimensions) {
        return manager.ones(new Shape(dimensions));
    }
}
