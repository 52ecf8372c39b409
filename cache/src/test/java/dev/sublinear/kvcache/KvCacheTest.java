package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KvCacheTest extends CacheTestCase {
    @Test
    void expect_whatWillCome_growsOnceToWhatThePolicyHoldsOfIt() {
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        for (EvictionPolicy policy : List.of(uncut, POLICY)) {
            KvMemory.Reservation room =
                    memory.reserve(SHAPE.peakBytes(policy, 300)).orElseThrow();
            try (KvCache cache = new KvCache(manager, SHAPE, policy, room, KvCacheListener.NONE)) {
                cache.expect(300);
                long bytes = cache.bytes();
                LayerPolicy own = SHAPE.policy(policy, 0);
                assertThat(bytes)
                        .isEqualTo(SHAPE.layers() * SHAPE.layerBytes(own, KvShape.wholeBlocks(own.peak(0, 300))));
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    while (cache.layer(layer).seen() < 300) {
                        read(
                                cache.layer(layer),
                                cache.layer(layer)
                                        .nextChunk(300 - cache.layer(layer).seen()),
                                1);
                    }
                }
                assertThat(cache.bytes()).isEqualTo(bytes);
            }
        }
    }

    @Test
    void listener_alongALife_hearsAppendsTrimsAndOneClose() {
        Diary diary = new Diary();
        KvCache cache = open(manager, diary);
        read(cache.layer(0), 11, 1);
        read(cache.layer(1), 11, 1);
        read(cache.layer(0), 1, 1);
        cache.close();
        cache.close();
        assertThat(diary.events)
                .containsExactly(
                        "layer 0 has seen 11, holds 11",
                        "layer 1 has seen 11, holds 11",
                        "layer 0 has seen 12, holds 12",
                        "layer 0 lost 2, holds 10",
                        "closed");
    }

    @Test
    void close_twice_freesTensorsAndReservationOnce() {
        KvMemory.Reservation other = memory.reserve(1_000).orElseThrow();
        int before = manager.getManagedArrays().size();
        KvCache cache = open(manager, KvCacheListener.NONE);
        read(cache.layer(0), 5, 1);
        assertThat(memory.used()).isPositive().isEqualTo(cache.bytes());
        cache.close();
        cache.close();
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isEqualTo(other.bytes());
        assertThat(cache.bytes()).isZero();
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void onClosed_whenHeard_memoryIsFree() {
        List<Long> reserved = new ArrayList<>();
        KvCache cache = open(manager, new KvCacheListener() {
            @Override
            public void onClosed() {
                reserved.add(memory.reserved());
            }
        });
        cache.close();
        assertThat(reserved).containsExactly(0L);
    }

    @Test
    void sequences_severalAtOnce_leaveEachOtherAlone() {
        int before = manager.getManagedArrays().size();
        List<KvCache> caches = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            caches.add(open(manager, KvCacheListener.NONE));
        }
        for (int round = 0; round < 30; round++) {
            for (int i = 0; i < 5; i++) {
                if (round % (i + 1) == 0) {
                    read(caches.get(i).layer(0), 1, i);
                    read(caches.get(i).layer(1), 1, i);
                }
            }
            assertThat(memory.used())
                    .isEqualTo(caches.stream().mapToLong(KvCache::bytes).sum());
        }
        caches.remove(2).close();
        assertThat(memory.used())
                .isEqualTo(caches.stream().mapToLong(KvCache::bytes).sum());
        assertThat(caches).extracting(KvCache::seen).containsExactly(30, 15, 8, 6);
        float[] fill = {0, 1, 3, 4};
        for (int i = 0; i < 4; i++) {
            try (NDScope scope = new NDScope()) {
                scope.suppressNotUsedWarning();
                assertThat(caches.get(i).layer(1).view().keys().toFloatArray()).containsOnly(fill[i]);
            }
        }
        caches.forEach(KvCache::close);
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        assertThat(manager.getManagedArrays()).hasSize(before);
    }

    @Test
    void open_insideTheScopeOfAStep_outlivesIt() {
        KvCache cache;
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            cache = open(manager, KvCacheListener.NONE);
            read(cache.layer(0), 3, 2);
        }
        try (cache;
                NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            read(cache.layer(0), 3, 2);
            assertThat(cache.layer(0).view().keys().toFloatArray()).hasSize(24).containsOnly(2);
        }
    }

    @Test
    void close_parentClosedBefore_stillReturnsTheMemory() {
        NDManager parent = manager.newSubManager();
        Diary diary = new Diary();
        KvCache cache = open(parent, diary);
        read(cache.layer(0), 5, 1);
        parent.close();
        assertThatThrownBy(() -> read(cache.layer(0), 1, 1)).isInstanceOf(IllegalStateException.class);
        assertThat(cache.layer(0).seen()).isEqualTo(5);
        cache.close();
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        assertThat(diary.events).endsWith("closed");
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void truncate_newestTokens_dropsThemAndSaysSo() {
        Diary diary = new Diary();
        try (KvCache cache = open(manager, diary)) {
            read(cache.layer(0), 5, 1);
            read(cache.layer(1), 5, 1);
            read(cache.layer(0), 3, 2);
            read(cache.layer(1), 3, 2);
            cache.truncate(6);
            assertThat(cache.seen()).isEqualTo(6);
            assertThat(numbers(cache.layer(1)))
                    .hasSize(24)
                    .contains(2, atIndex(20))
                    .contains(1, atIndex(19));
            assertThat(diary.events).endsWith("layer 0 back at 6, holds 6", "layer 1 back at 6, holds 6");
            read(cache.layer(0), 2, 7);
            assertThat(numbers(cache.layer(0)))
                    .hasSize(32)
                    .contains(7, atIndex(31))
                    .contains(2, atIndex(20));
        }
    }

    @Test
    void truncate_beyondTheLastTrimOrTheEnd_isRefusedAndChangesNothing() {
        try (KvCache cache = open(manager, KvCacheListener.NONE)) {
            read(cache.layer(0), 11, 1);
            read(cache.layer(1), 11, 1);
            read(cache.layer(0), 1, 1);
            read(cache.layer(1), 1, 1);
            for (int tokens : new int[] {-1, 11, 13}) {
                assertThatThrownBy(() -> cache.truncate(tokens))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(
                                "a cache may be truncated to 12 tokens, those seen at its last trim, up to 12, those seen, was "
                                        + tokens);
            }
            assertThat(cache.seen()).isEqualTo(12);
            assertThat(cache.layer(0).length(0)).isEqualTo(10);
        }
    }
}
