package dev.sublinear.kvcache;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** Caches of two layers whose three heads have budgets of their own, two query heads each. */
abstract class RaggedTestCase {
    static final KvShape SHAPE = shape(KvStorage.FLOAT32);
    static final Protection FEW = new Protection(2, 3, 0, Span.EMPTY);

    final KvMemory memory = new KvMemory(1 << 26);
    final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    static KvShape shape(KvStorage storage) {
        return new KvShape(2, 3, 2, 4, storage, List.of(0, 0));
    }

    static EvictionPolicy policy(Scorer scorer) {
        return new EvictionPolicy(Laws.some(1), scorer, FEW, 64);
    }

    /** Opens a cache with room for {@code tokens} and no more. */
    KvCache open(KvShape shape, EvictionPolicy policy, int tokens, KvCacheListener listener) {
        KvMemory.Reservation room =
                memory.reserve(shape.peakBytes(policy, tokens)).orElseThrow();
        return new KvCache(manager, shape, policy, room, listener);
    }

    /** Reads tokens, what they are being a function of their positions; returns how many came in each chunk. */
    List<Integer> read(LayerCache layer, int tokens) {
        List<Integer> chunks = new ArrayList<>();
        for (int left = tokens; left > 0; left -= chunks.get(chunks.size() - 1)) {
            int chunk = layer.nextChunk(left);
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                int from = layer.claim(chunk);
                layer.write(vectors(from, chunk, 3, 4, 0), vectors(from, chunk, 3, 4, 1));
                layer.settle(layer.views().stream()
                        .map(view -> step(view, vectors(from, chunk, 3, 2 * 4, 2), chunk))
                        .toList());
                layer.trim();
            }
            chunks.add(chunk);
        }
        return chunks;
    }

    private AttentionStep step(LayerView view, NDArray queries, int tokens) {
        NDArray own =
                queries.get("{}:{}", view.firstHead(), view.firstHead() + 1).reshape(1, 2L * tokens, 4);
        NDArray weights = manager.ones(new Shape(1, tokens, view.length())).div(view.length());
        return new AttentionStep(weights).with(Signal.QUERIES, own);
    }

    private NDArray vectors(int from, int tokens, int heads, int numbers, int kind) {
        float[] flat = new float[heads * tokens * numbers];
        for (int token = 0; token < tokens; token++) {
            Random random = new Random(10L * (from + token) + kind);
            for (int head = 0; head < heads; head++) {
                for (int i = 0; i < numbers; i++) {
                    flat[(head * tokens + token) * numbers + i] = (float) random.nextGaussian();
                }
            }
        }
        return manager.create(flat, new Shape(heads, tokens, numbers));
    }
}
