package dev.sublinear.kvcache;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A cache of two small layers, whose policy keeps ten tokens. */
abstract class CacheTestCase {
    static final KvShape SHAPE = new KvShape(2, 1, 4);
    static final EvictionPolicy POLICY =
            new EvictionPolicy(new Fixed(10), new RecencyScorer(), new Protection(1, 1, 0, Span.EMPTY), 1);

    final KvMemory memory = new KvMemory(10_000_000);
    NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    static float[] numbers(LayerCache layer) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return layer.view().keys().toFloatArray();
        }
    }

    KvCache open(NDManager parent, KvCacheListener listener) {
        return new KvCache(
                parent,
                SHAPE,
                POLICY,
                memory.reserve(SHAPE.peakBytes(POLICY, 100)).orElseThrow(),
                listener);
    }

    void read(LayerCache layer, int tokens, float fill) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray vectors = manager.full(new Shape(1, tokens, 4), fill);
            layer.claim(tokens);
            layer.write(vectors, vectors);
            layer.trim();
        }
    }
}
