package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What storing keys and values as float16 costs and saves. */
final class Float16StorageTest {
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
        KvShape half = new KvShape(1, 2, 4, DataType.FLOAT16);
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
        assertThatThrownBy(() -> new KvShape(1, 2, 4, DataType.INT8))
                .hasMessage("storage must be float32 or float16, was int8");
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
            float[] exact = attention(DataType.FLOAT32, seed);
            float[] half = attention(DataType.FLOAT16, seed);
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
    private float[] attention(DataType storage, long seed) {
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
