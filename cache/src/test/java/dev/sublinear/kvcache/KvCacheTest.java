package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class KvCacheTest {
    private static final KvShape SHAPE = new KvShape(2, 1, 4);
    private static final EvictionPolicy POLICY =
            new EvictionPolicy(new Fixed(10), new RecencyScorer(), new Protection(1, 1, 0, Span.EMPTY), 1);

    private final KvMemory memory = new KvMemory(10_000_000);
    private NDManager manager;

    @BeforeEach
    void openManager() {
        manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
    }

    @AfterEach
    void closeManager() {
        manager.close();
    }

    /** Writes down what it hears. */
    private static final class Diary implements KvCacheListener {
        final List<String> events = new ArrayList<>();

        @Override
        public void onAppended(int layer, int seen, int retained) {
            events.add("layer " + layer + " has seen " + seen + ", holds " + retained);
        }

        @Override
        public void onTrimmed(int layer, int evicted, int retained) {
            events.add("layer " + layer + " lost " + evicted + ", holds " + retained);
        }

        @Override
        public void onTruncated(int layer, int seen, int retained) {
            events.add("layer " + layer + " back at " + seen + ", holds " + retained);
        }

        @Override
        public void onClosed() {
            events.add("closed");
        }
    }

    @Test
    void expect_whatWillCome_growsOnceToWhatThePolicyHoldsOfIt() {
        EvictionPolicy uncut = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        for (EvictionPolicy policy : List.of(uncut, POLICY)) {
            KvMemory.Reservation room =
                    memory.reserve(SHAPE.peakBytes(policy, 300)).orElseThrow();
            try (KvCache cache = new KvCache(manager, SHAPE, policy, room, KvCacheListener.NONE)) {
                cache.expect(300);
                long bytes = cache.bytes();
                assertThat(bytes)
                        .isEqualTo(SHAPE.layers() * SHAPE.layerBytes(policy, KvShape.wholeBlocks(policy.peak(0, 300))));
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
    void fork_untilOneWrites_takesNoBytes() {
        try (KvCache cache = open(manager, KvCacheListener.NONE)) {
            read(cache.layer(0), 9, 1);
            read(cache.layer(1), 9, 1);
            long before = memory.used();
            Diary diary = new Diary();
            try (KvCache fork = cache.fork(reserve(100), diary)) {
                assertThat(diary.events).containsExactly("layer 0 has seen 9, holds 9", "layer 1 has seen 9, holds 9");
                assertThat(memory.used()).isEqualTo(before);
                assertThat(fork.bytes()).isZero();
                read(fork.layer(0), 1, 2);
                assertThat(fork.layer(0).bytes()).isEqualTo(cache.layer(0).bytes());
                assertThat(fork.layer(1).bytes()).isZero();
                assertThat(memory.used())
                        .isEqualTo(cache.bytes() + fork.bytes())
                        .isEqualTo(before * 3 / 2);
                assertThat(numbers(cache.layer(0))).hasSize(36).containsOnly(1);
                assertThat(numbers(fork.layer(0)))
                        .hasSize(40)
                        .contains(2, atIndex(36))
                        .contains(1, atIndex(35));
            }
            assertThat(memory.used()).isEqualTo(before);
        }
        assertThat(memory.reserved()).isZero();
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void fork_firstOneClosed_theOtherPaysAndLivesOn() {
        KvCache cache = open(manager, KvCacheListener.NONE);
        read(cache.layer(0), 9, 1);
        long before = memory.used();
        try (KvCache fork = cache.fork(reserve(100), KvCacheListener.NONE);
                KvCache second = cache.fork(reserve(100), KvCacheListener.NONE)) {
            cache.close();
            assertThat(memory.used()).isEqualTo(before);
            assertThat(fork.bytes()).isEqualTo(before);
            assertThat(second.bytes()).isZero();
            read(fork.layer(0), 3, 3);
            assertThat(fork.layer(0).length(0)).isEqualTo(10);
            assertThat(numbers(second.layer(0))).hasSize(36).containsOnly(1);
        }
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    /** A long prompt makes room for itself at once. Whoever begins as it does, but is short, must not need as much. */
    @Test
    void snapshot_ofACacheWithRoomForMore_canGoOnAsAShorterSequence() {
        EvictionPolicy all = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        long few = SHAPE.peakBytes(all, 70);
        KvCache cache = new KvCache(manager, SHAPE, all, reserve(all, 1000), KvCacheListener.NONE);
        cache.expect(1000);
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            read(cache.layer(layer), 64, 1);
        }
        KvMemory.Reservation small = memory.reserve(cache.snapshotBytes()).orElseThrow();
        assertThat(small.bytes()).isLessThan(few);
        try (KvCache snapshot = cache.snapshot(small)) {
            assertThat(snapshot.bytes()).isEqualTo(small.bytes());
            for (int layer = 0; layer < SHAPE.layers(); layer++) {
                read(cache.layer(layer), 1, 2);
            }
            try (KvCache shorter = snapshot.fork(memory.reserve(few).orElseThrow(), KvCacheListener.NONE)) {
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    read(shorter.layer(layer), 6, 3);
                    assertThat(numbers(shorter.layer(layer)))
                            .hasSize(280)
                            .contains(1, atIndex(255))
                            .contains(3, atIndex(256));
                    assertThat(numbers(snapshot.layer(layer))).hasSize(256).containsOnly(1);
                }
                cache.close();
                assertThat(shorter.bytes()).isLessThanOrEqualTo(few);
            }
            assertThat(snapshot.bytes()).isEqualTo(small.bytes());
        }
        assertThat(memory.used()).isZero();
        assertThat(memory.reserved()).isZero();
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void snapshot_tooSmallAReservation_isRefusedWithBothNumbers() {
        try (KvCache cache = open(manager, KvCacheListener.NONE);
                KvMemory.Reservation little = memory.reserve(100).orElseThrow()) {
            read(cache.layer(0), 9, 1);
            assertThatThrownBy(() -> cache.snapshot(little))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("a snapshot after 9 tokens needs a reservation of \\d{4,} bytes, was 100");
        }
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    /** What it copies of a tensor with room for another's prompt is what it needs itself. */
    @Test
    void expect_inAFork_makesRoomForItsOwnTokensAlone() {
        EvictionPolicy all = EvictionPolicy.of(new BudgetSchedule.Unlimited(), new RecencyScorer());
        try (KvCache cache = new KvCache(manager, SHAPE, all, reserve(all, 1000), KvCacheListener.NONE)) {
            cache.expect(1000);
            read(cache.layer(0), 64, 1);
            read(cache.layer(1), 64, 1);
            try (KvCache fork = cache.fork(reserve(all, 1000), KvCacheListener.NONE)) {
                fork.expect(6);
                assertThat(fork.bytes()).isEqualTo(2 * SHAPE.layerBytes(all, 128));
            }
        }
    }

    @Test
    void fork_tooSmallAReservation_isRefusedWithBothNumbers() {
        try (KvCache cache = open(manager, KvCacheListener.NONE);
                KvMemory.Reservation little = memory.reserve(100).orElseThrow()) {
            read(cache.layer(0), 9, 1);
            assertThatThrownBy(() -> cache.fork(little, KvCacheListener.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageMatching("a fork after 9 tokens needs a reservation of \\d{4,} bytes, was 100");
        }
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void fork_underAnotherPolicyBeforeItBites_isAsIfItHadHadItFromTheStart() {
        EvictionPolicy tighter =
                new EvictionPolicy(new Fixed(6), new RecencyScorer(), new Protection(2, 1, 0, Span.EMPTY), 1);
        EvictionPolicy full =
                new EvictionPolicy(new Fixed(100), new RecencyScorer(), new Protection(1, 1, 0, Span.EMPTY), 1);
        KvCache past = new KvCache(manager, SHAPE, full, reserve(100), KvCacheListener.NONE);
        try (KvCache twin = new KvCache(manager, SHAPE, tighter, reserve(100), KvCacheListener.NONE)) {
            for (int layer = 0; layer < SHAPE.layers(); layer++) {
                read(twin.layer(layer), 7, 1);
                read(past.layer(layer), 7, 1);
            }
            try (KvCache fork = past.fork(tighter, reserve(100), KvCacheListener.NONE)) {
                past.close();
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    for (int token = 0; token < 5; token++) {
                        read(twin.layer(layer), 1, 2);
                        read(fork.layer(layer), 1, 2);
                    }
                    assertThat(numbers(fork.layer(layer))).isEqualTo(numbers(twin.layer(layer)));
                    assertThat(LayerSnapshot.positions(fork.layer(layer)))
                            .isDeepEqualTo(LayerSnapshot.positions(twin.layer(layer)));
                }
                assertThat(fork.layer(0).length(0)).isLessThan(12);
                assertThat(fork.bytes()).isEqualTo(twin.bytes());
            }
        }
        assertThat(memory.reserved()).isZero();
        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void fork_underAPolicyThatWouldHaveDifferedAlready_isRefused() {
        Protection protection = new Protection(1, 1, 0, Span.EMPTY);
        try (KvCache cache = open(manager, KvCacheListener.NONE);
                KvMemory.Reservation room = reserve(100)) {
            read(cache.layer(0), 9, 1);
            read(cache.layer(1), 9, 1);
            assertThatThrownBy(() -> cache.fork(
                            new EvictionPolicy(new Fixed(6), new RecencyScorer(), protection, 1),
                            room,
                            KvCacheListener.NONE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("budget fixed:6 would have evicted some of the 9 tokens");
            assertThatThrownBy(() -> cache.fork(
                            new EvictionPolicy(new Fixed(20), new HeavyHitterScorer(), protection, 1),
                            room,
                            KvCacheListener.NONE))
                    .hasMessage(
                            "scorer heavy-hitter remembers what it has seen, so it must see a sequence from its start");
            read(cache.layer(0), 3, 1);
            read(cache.layer(1), 3, 1);
            assertThatThrownBy(() -> cache.fork(
                            new EvictionPolicy(new Fixed(20), new RecencyScorer(), protection, 1),
                            room,
                            KvCacheListener.NONE))
                    .hasMessage("a cache that has evicted tokens cannot go on under another policy, fixed:20");
        }
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

    private KvMemory.Reservation reserve(int tokens) {
        return reserve(POLICY, tokens);
    }

    private KvMemory.Reservation reserve(EvictionPolicy policy, int tokens) {
        return memory.reserve(SHAPE.peakBytes(policy, tokens)).orElseThrow();
    }

    private static float[] numbers(LayerCache layer) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            return layer.view().keys().toFloatArray();
        }
    }

    private KvCache open(NDManager parent, KvCacheListener listener) {
        return new KvCache(
                parent,
                SHAPE,
                POLICY,
                memory.reserve(SHAPE.peakBytes(POLICY, 100)).orElseThrow(),
                listener);
    }

    private void read(LayerCache layer, int tokens, float fill) {
        try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            NDArray vectors = manager.full(new Shape(1, tokens, 4), fill);
            layer.claim(tokens);
            layer.write(vectors, vectors);
            layer.trim();
        }
    }
}
