package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import dev.sublinear.kvcache.Protection.Span;
import dev.sublinear.kvcache.analysis.LayerSnapshot;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import org.junit.jupiter.api.Test;

/** Forks and snapshots: caches that share their tensors until one of them writes. */
final class KvCacheForkTest extends CacheTestCase {
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
                assertThat(fork.bytes()).isEqualTo(2 * SHAPE.layerBytes(SHAPE.policy(all, 0), 128));
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

    private KvMemory.Reservation reserve(int tokens) {
        return reserve(POLICY, tokens);
    }

    private KvMemory.Reservation reserve(EvictionPolicy policy, int tokens) {
        return memory.reserve(SHAPE.peakBytes(policy, tokens)).orElseThrow();
    }
}
