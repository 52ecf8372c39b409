package dev.sublinear.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.budget.Laws;
import dev.sublinear.kvcache.scorer.ExpectedAttentionScorer;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@link KvShape} says that caches need whose heads have budgets of their own, and what they use. */
final class RaggedBytesTest extends RaggedTestCase {
    private static final List<Scorer> SCORERS = List.of(
            new RecencyScorer(),
            new HeavyHitterScorer(),
            new ExpectedAttentionScorer(ExpectedAttentionScorer.DEFAULT_DECAY),
            new NewestQueries(8, true));

    private void read(KvCache cache, int tokens) {
        for (int layer = 0; layer < SHAPE.layers(); layer++) {
            read(cache.layer(layer), tokens);
        }
    }

    private long alive() {
        return manager.getManagedArrays().stream()
                .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                .sum();
    }

    @ParameterizedTest
    @EnumSource
    void keptBytes_afterATrim_areThoseOfTheTensorsOfASnapshot(KvStorage storage) {
        KvShape shape = shape(storage);
        for (Scorer scorer : SCORERS) {
            EvictionPolicy policy = policy(scorer);
            try (KvCache cache = open(shape, policy, 800, KvCacheListener.NONE)) {
                for (int seen = 64; seen <= 704; seen += 64) {
                    read(cache, 64);
                    long kept = shape.keptBytes(policy, seen);
                    assertThat(cache.snapshotBytes())
                            .as("%s after %s", scorer, seen)
                            .isEqualTo(kept);
                    long before = alive();
                    try (KvCache snapshot = cache.snapshot(memory.reserve(kept).orElseThrow())) {
                        assertThat(alive() - before).isEqualTo(snapshot.bytes()).isLessThanOrEqualTo(kept);
                        cache.layer(0).expect(64);
                        cache.layer(1).expect(64);
                        assertThat(memory.used()).isEqualTo(alive());
                    }
                    assertThat(alive()).isEqualTo(memory.used());
                }
            }
        }
    }

    /** Between trims a head holds what has come since as well, in a block more. */
    @Test
    void keptBytes_betweenTrims_areWithinABlockOfEachHead() {
        EvictionPolicy policy = policy(new HeavyHitterScorer());
        long block = SHAPE.keptBytes(policy, 64); // one of each head
        try (KvCache cache = open(SHAPE, policy, 400, KvCacheListener.NONE)) {
            for (int seen = 1; seen <= 400; seen++) {
                read(cache, 1);
                assertThat(cache.snapshotBytes())
                        .isBetween(SHAPE.keptBytes(policy, seen), SHAPE.keptBytes(policy, seen) + block);
            }
        }
    }

    @Test
    void peakBytes_sequencesOfAnyLength_areNeverExceeded() {
        for (long seed : Seed.each(24)) {
            Random random = new Random(seed);
            Scorer scorer = SCORERS.get(random.nextInt(SCORERS.size()));
            KvShape shape = shape(List.of(KvStorage.values()).get(random.nextInt(3)));
            EvictionPolicy policy = new EvictionPolicy(
                    Laws.random(random, 2, 3, 20), scorer, FEW, random.nextBoolean() ? 64 : random.nextInt(200));
            int tokens = 1 + random.nextInt(900);
            long peak = shape.peakBytes(policy, tokens);
            long most = 0;
            try (KvCache cache = open(shape, policy, tokens, KvCacheListener.NONE)) {
                if (random.nextBoolean()) {
                    cache.expect(tokens);
                }
                while (cache.seen() < tokens) {
                    read(cache, Math.min(tokens - cache.seen(), 1 + random.nextInt(200)));
                    most = Math.max(most, alive());
                    assertThat(cache.bytes()).isEqualTo(alive()).isEqualTo(memory.used());
                }
            }
            assertThat(most).as("seed %s, %s tokens, %s", seed, tokens, policy).isLessThanOrEqualTo(peak);
        }
    }

    @Test
    void expect_whatWillCome_growsOnceToThePeakOfEachHead() {
        for (Scorer scorer : SCORERS) {
            EvictionPolicy policy = policy(scorer);
            try (KvCache cache = open(SHAPE, policy, 640, KvCacheListener.NONE)) {
                cache.expect(640);
                long expected = 0;
                for (int layer = 0; layer < SHAPE.layers(); layer++) {
                    LayerPolicy own = SHAPE.policy(policy, layer);
                    long rows = 0;
                    for (int head = 0; head < SHAPE.kvHeads(); head++) {
                        rows += KvShape.wholeBlocks(own.peak(head, 640));
                    }
                    expected += SHAPE.layerBytes(own, rows);
                }
                assertThat(cache.bytes()).isEqualTo(expected).isEqualTo(alive());
                read(cache, 640);
                assertThat(cache.bytes()).isEqualTo(expected).isEqualTo(alive());
            }
        }
    }

    @Test
    void longestPeakAndIsTrimmedBy_headsWithLawsOfTheirOwn_followTheLongestAndTheFirst() {
        EvictionPolicy policy = policy(new RecencyScorer());
        assertThat(SHAPE.longestPeak(policy, 640)).as("a head that keeps all").isEqualTo(640);
        assertThat(SHAPE.isTrimmedBy(policy, 127)).isFalse();
        assertThat(SHAPE.isTrimmedBy(policy, 128))
                .as("heads of 40 tokens, in a block")
                .isTrue();
    }
}
