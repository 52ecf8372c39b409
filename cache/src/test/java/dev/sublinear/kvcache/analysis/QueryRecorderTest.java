package dev.sublinear.kvcache.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import dev.sublinear.testing.Seed;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class QueryRecorderTest {
    private static final KvShape SHAPE = new KvShape(1, 2, 3);
    private static final QueryRecorder RECORDER = new QueryRecorder(4, 2);

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
    void observe_piecesOfAnySize_remembersTheNewestQueriesAndEvictsNothing() {
        Random random = new Random(Seed.or(9));
        KvMemory memory = new KvMemory(10_000_000);
        long bytes = SHAPE.peakBytes(RECORDER.policy(), 200);
        try (KvCache cache = new KvCache(
                manager, SHAPE, RECORDER.policy(), memory.reserve(bytes).orElseThrow(), KvCacheListener.NONE)) {
            LayerCache layer = cache.layer(0);
            while (layer.seen() < 150) {
                int seen = layer.seen();
                int tokens = layer.nextChunk(1 + random.nextInt(11));
                try (NDScope scope = new NDScope()) {
                    scope.suppressNotUsedWarning();
                    layer.claim(tokens);
                    layer.write(marked(2, seen, tokens, 1), marked(2, seen, tokens, 1));
                    layer.settle(new AttentionStep(java.util.Map.of(Signal.QUERIES, marked(2, seen, tokens, 2))));
                    assertThat(layer.trim()).isZero();
                }
                LayerSnapshot snapshot = LayerSnapshot.of(layer);
                assertThat(snapshot.length(1)).isEqualTo(layer.seen());
                for (int position = Math.max(0, layer.seen() - 4); position < layer.seen(); position++) {
                    assertThat(snapshot.query(RECORDER, 1, 1, position)).containsExactly(mark(1, position, 1));
                    assertThat(snapshot.query(RECORDER, 0, 1, position)).containsExactly(mark(0, position, 1));
                    assertThat(snapshot.keys(1)[position * 3]).isEqualTo((float) mark(1, position, 0)[0]);
                    assertThat(snapshot.values(0)[position * 3 + 2]).isEqualTo((float) mark(0, position, 0)[2]);
                    assertThat(snapshot.positions(1)[position]).isEqualTo(position);
                }
            }
            LayerSnapshot snapshot = LayerSnapshot.of(layer);
            assertThatThrownBy(() -> snapshot.query(RECORDER, 0, 0, 100))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("position must be one of the newest 4 of " + layer.seen() + " tokens, was 100");
        }
    }

    /** Vectors that say where they are from: (heads, tokens · group, 3). */
    private NDArray marked(int heads, int from, int tokens, int group) {
        float[] numbers = new float[heads * tokens * group * 3];
        int at = 0;
        for (int head = 0; head < heads; head++) {
            for (int token = 0; token < tokens; token++) {
                for (int member = 0; member < group; member++) {
                    for (double number : mark(head, from + token, member)) {
                        numbers[at++] = (float) number;
                    }
                }
            }
        }
        return manager.create(numbers, new Shape(heads, (long) tokens * group, 3));
    }

    private static double[] mark(int head, int position, int member) {
        return new double[] {position, head, member};
    }
}
