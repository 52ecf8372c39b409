package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Layers that attend to their newest tokens only; {@link CacheContractTest} compares them with their twins. */
final class WindowTest {
    private static final int WINDOW = 20;
    private static final int SLACK = 7;
    private static final Protection PROTECTION = new Protection(2, 3, 0, new Protection.Span(5, 9));
    private static final KvShape SHAPE = new KvShape(2, 1, 1, 4, KvStorage.FLOAT32, List.of(WINDOW, 0));

    private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");

    @AfterEach
    void close() {
        manager.close();
    }

    private static EvictionPolicy policy(BudgetSchedule budget) {
        return new EvictionPolicy(budget, new HeavyHitterScorer(), PROTECTION, SLACK);
    }

    private KvCache open(EvictionPolicy policy, int tokens) {
        KvMemory memory = new KvMemory(SHAPE.peakBytes(policy, tokens));
        KvMemory.Reservation all = memory.reserve(memory.capacity()).orElseThrow();
        return new KvCache(manager, SHAPE, policy, all, KvCacheListener.NONE);
    }

    private void read(LayerCache layer, int tokens) {
        for (int left = tokens; left > 0; ) {
            int piece = layer.nextChunk(left);
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                NDArray vectors = manager.ones(new Shape(1, piece, 4));
                layer.claim(piece);
                layer.write(vectors, vectors);
                layer.settle(new AttentionStep(manager.ones(new Shape(1, piece, layer.rows(0)))));
                layer.trim();
            }
            left -= piece;
        }
    }

    private static int[] held(LayerCache layer) {
        return layer.retained().positions()[0];
    }

    @Test
    void trim_withoutABudget_dropsWhatNoQueryCanAttendToAndNothingElse() {
        try (KvCache cache = open(policy(new BudgetSchedule.Unlimited()), 500)) {
            int most = 0;
            for (int seen = 1; seen <= 500; seen++) {
                read(cache.layer(0), 1);
                read(cache.layer(1), 1);
                most = Math.max(most, cache.layer(0).length(0));
                int needed = Math.max(0, seen - WINDOW);
                assertThat(held(cache.layer(0)))
                        .contains(IntStream.range(needed, seen).toArray());
            }
            assertThat(most).isEqualTo(WINDOW + SLACK);
            assertThat(held(cache.layer(1))).isEqualTo(IntStream.range(0, 500).toArray());
            assertThat(cache.layer(0).wants(Signal.ATTENTION_WEIGHTS)).isFalse();
        }
    }

    @Test
    void trim_budgetAboveTheWindow_isTheSameAsWithoutOne() {
        try (KvCache uncut = open(policy(new BudgetSchedule.Unlimited()), 300);
                KvCache pruned = open(policy(new BudgetSchedule.Fixed(40)), 300)) {
            for (int seen = 1; seen <= 300; seen++) {
                read(uncut.layer(0), 1);
                read(pruned.layer(0), 1);
                assertThat(held(pruned.layer(0))).isEqualTo(held(uncut.layer(0)));
            }
        }
    }

    @Test
    void trim_budgetBelowTheWindow_choosesAmongWhatCanBeAttendedToThoughSinksAndPinsHaveLeft() {
        try (KvCache cache = open(policy(new BudgetSchedule.Fixed(12)), 300)) {
            LayerCache layer = cache.layer(0);
            for (int seen = 1; seen <= 300; seen++) {
                int before = layer.length(0);
                read(layer, 1);
                if (layer.length(0) <= before) { // a trim
                    assertThat(held(layer)).hasSize(12);
                    assertThat(Arrays.stream(held(layer)).min().orElseThrow()).isGreaterThanOrEqualTo(seen - WINDOW);
                }
            }
            assertThat(layer.wants(Signal.ATTENTION_WEIGHTS)).isTrue();
            assertThat(cache.layer(0).lost()).isBetween(0.0, 1.0);
        }
    }

    @Test
    void peakBytes_windowedLayers_needWhatTheirWindowHolds() {
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        KvShape all = new KvShape(2, 1, 4);
        LayerPolicy own = all.policy(uncut, 0);
        long windowed = SHAPE.layerBytes(own, KvShape.wholeBlocks(WINDOW + EvictionPolicy.DEFAULT_SLACK + 1));
        assertThat(all.peakBytes(uncut, 10_000) - SHAPE.peakBytes(uncut, 10_000))
                .isEqualTo(all.layerBytes(own, KvShape.wholeBlocks(10_000)) - windowed);
        assertThat(SHAPE.keptBytes(uncut, 10_000)).isEqualTo(all.layerBytes(own, WINDOW) + all.layerBytes(own, 10_000));
    }

    @Test
    void shape_windowsThatAreNotOneForEachLayer_areRefused() {
        assertThatThrownBy(() -> new KvShape(2, 1, 1, 4, KvStorage.FLOAT32, List.of(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("windows must be 2, one for each layer, were 1");
        assertThatThrownBy(() -> new KvShape(2, 1, 1, 4, KvStorage.FLOAT32, List.of(1, -1)))
                .hasMessage("windows must not be negative, were [1, -1]");
    }
}
