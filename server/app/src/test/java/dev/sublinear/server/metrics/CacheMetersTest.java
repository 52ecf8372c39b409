package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetGuard;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.budget.HeadLaws;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.kvcache.scorer.Scorers;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CacheMetersTest {
    private static final Protection PROTECTION = new Protection(4, 8, 0, Protection.Span.EMPTY);
    private static final BudgetSchedule BUDGET = new BudgetSchedule.Fixed(100);
    private static final EvictionPolicy POLICY = new EvictionPolicy(BUDGET, new RecencyScorer(), PROTECTION, 10);
    private static final KvShape SHAPE = new KvShape(2, 1, 4);

    private final Metrics registry = new Metrics();
    private final CacheMeters meters = new CacheMeters(registry, SHAPE, 300);

    @Test
    void record_afterAStep_tellsTheFullestLayerByContext() {
        KvCacheListener cache = meters.follow(POLICY);
        append(cache, 128, 108, 103);
        meters.record();
        append(cache, 256, 110, 90);
        meters.record();
        meters.record(); // nothing has changed

        assertThat(registry.scrape())
                .contains("sublinear_kvcache_seen_tokens_count{context=\"128\"} 1")
                .contains("sublinear_kvcache_seen_tokens_sum{context=\"256\"} 256.0")
                .contains("sublinear_kvcache_seen_tokens_count{context=\"256\"} 1")
                .contains("sublinear_kvcache_retained_tokens_max{context=\"256\"} 110.0")
                .contains("sublinear_kvcache_bound_tokens_max{context=\"256\"} 110.0")
                .contains("sublinear_kvcache_bound_tokens_max{context=\"128\"} 110.0")
                .contains("sublinear_kvcache_over_bound_total 0.0");
    }

    @Test
    void record_contextBeyondTheModels_fallsIntoTheLast() {
        KvCacheListener cache = meters.follow(POLICY);
        append(cache, 100_000, 100, 100);
        meters.record();

        assertThat(registry.scrape())
                .contains("sublinear_kvcache_seen_tokens_count{context=\"512\"} 1")
                .doesNotContain("context=\"1024\"");
    }

    @Test
    void record_layerAboveItsBound_isCounted() {
        KvCacheListener cache = meters.follow(POLICY);
        append(cache, 200, 110, 111);
        meters.record();

        assertThat(registry.scrape()).contains("sublinear_kvcache_over_bound_total 1.0");
    }

    @Test
    void record_layerThatTheGuardHasRaised_mayHoldMore() {
        KvCacheListener cache = meters.follow(
                new EvictionPolicy(BUDGET, new HeavyHitterScorer(), PROTECTION, 10).guarding(new BudgetGuard(0.1)));
        cache.onRaised(1, 50);
        append(cache, 200, 110, 160);
        meters.record();

        assertThat(registry.scrape())
                .contains("sublinear_kvcache_over_bound_total 0.0")
                .contains("sublinear_kvcache_bound_tokens_max{context=\"256\"} 160.0")
                .contains("sublinear_kvcache_raises_total 1.0");
    }

    @Test
    void live_severalCaches_isTheirSumUntilTheyClose() {
        KvCacheListener first = meters.follow(POLICY);
        KvCacheListener second = meters.follow(POLICY);
        append(first, 200, 110, 100);
        append(second, 10, 10, 10);
        meters.record();
        second.onTruncated(0, HeadLengths.of(8, 8));
        second.onTruncated(1, HeadLengths.of(8, 8));
        meters.record();

        assertThat(registry.scrape())
                .contains("sublinear_kvcache_live_seen_tokens 416.0")
                .contains("sublinear_kvcache_live_retained_tokens 226.0")
                .contains("sublinear_kvcache_full_bytes " + 416.0 * (2 * 4 * 4 + 4)); // key, value, position

        append(second, 9, 9, 9); // closes within a step, before that is recorded
        second.onClosed();
        first.onClosed();
        meters.record();

        assertThat(registry.scrape())
                .contains("sublinear_kvcache_live_seen_tokens 0.0")
                .contains("sublinear_kvcache_live_retained_tokens 0.0")
                .contains("sublinear_kvcache_seen_tokens_count{context=\"64\"} 3");
    }

    @Test
    void heads_thatHoldDifferentNumbers_areToldByTheirQuantilesUntilTheirSequencesEnd() {
        List<BudgetSchedule.PowerLaw> laws = List.of(law(8), law(16), law(24), law(32), law(100));
        EvictionPolicy policy = EvictionPolicy.of(HeadLaws.of(List.of(laws, laws)), new RecencyScorer());
        Metrics own = new Metrics();
        CacheMeters ofTen = new CacheMeters(own, new KvShape(2, 5, 4), 4096);
        KvCacheListener first = ofTen.follow(policy);
        KvCacheListener second = ofTen.follow(policy);
        int[] kept = {320, 576, 832, 1088, 1600}; // 320 = 8·√1600; the last holds all
        for (int layer = 0; layer < 2; layer++) {
            first.onAppended(layer, HeadLengths.of(1600, kept));
            second.onAppended(layer, HeadLengths.of(100, 100, 100, 100, 100, 50));
        }
        ofTen.record();

        assertThat(own.scrape())
                .contains("sublinear_kvcache_head_retained_tokens{quantile=\"0.1\"} 420.0")
                .contains("sublinear_kvcache_head_retained_tokens{quantile=\"0.5\"} 932.0")
                .contains("sublinear_kvcache_head_retained_tokens{quantile=\"0.9\"} 1650.0")
                .contains("sublinear_kvcache_head_retained_tokens{quantile=\"1\"} 1650.0")
                .contains("sublinear_kvcache_head_bound_tokens{quantile=\"0.1\"} 420.0")
                .contains("sublinear_kvcache_head_bound_tokens{quantile=\"1\"} 1700.0")
                .contains("sublinear_kvcache_over_bound_total 0.0");

        first.onClosed();
        second.onClosed();

        assertThat(own.scrape())
                .contains("sublinear_kvcache_head_retained_tokens{quantile=\"1\"} 0.0")
                .contains("sublinear_kvcache_head_bound_tokens{quantile=\"1\"} 0.0")
                .contains("sublinear_kvcache_head_share_bucket{le=\"0.2\"} 2") // 320 of 1,600, in both layers
                .contains("sublinear_kvcache_head_share_bucket{le=\"0.5\"} 6") // 576; and 50 of 100
                .contains("sublinear_kvcache_head_share_count 20");
    }

    private static BudgetSchedule.PowerLaw law(double alpha) {
        return new BudgetSchedule.PowerLaw(alpha, 0.5, 64);
    }

    @Test
    void onTrimmed_anyLayer_countsTokensTrimsAndTime() {
        KvCacheListener cache = meters.follow(POLICY);
        for (int layer = 0; layer < 2; layer++) {
            cache.onTrimming(layer);
            cache.onTrimmed(layer, 11, HeadLengths.of(111, 100));
            cache.onLost(layer, 0.04);
        }

        assertThat(meters.record()).isPositive();
        assertThat(meters.record()).isZero();
        assertThat(registry.scrape())
                .contains("sublinear_kvcache_evicted_tokens_total{scorer=\"recency\"} 22.0")
                .contains("sublinear_kvcache_trims_total{scorer=\"recency\"} 2.0")
                .contains("sublinear_kvcache_trim_duration_seconds_count 2")
                .contains("sublinear_kvcache_lost_mass_bucket{le=\"0.03\"} 0")
                .contains("sublinear_kvcache_lost_mass_bucket{le=\"0.05\"} 2");
    }

    @Test
    void follow_scorerThatIsNotRegistered_countsAsOther() {
        EvictionPolicy composed = new EvictionPolicy(BUDGET, Scorers.named("value-aware-last-query"), PROTECTION, 10);
        meters.follow(composed).onTrimmed(0, 5, HeadLengths.of(105, 100));

        assertThat(registry.scrape()).contains("sublinear_kvcache_evicted_tokens_total{scorer=\"other\"} 5.0");
    }

    private static void append(KvCacheListener cache, int seen, int... retained) {
        for (int layer = 0; layer < retained.length; layer++) {
            cache.onAppended(layer, HeadLengths.of(seen, retained[layer]));
        }
    }
}
