package dev.sublinear.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.BudgetSchedule;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import org.junit.jupiter.api.Test;

final class CacheMetersTest {
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Fixed(100), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), 10);

    private final Metrics metrics = new Metrics();
    private final KvCacheListener listener = new EngineMeters(metrics).cacheListener(POLICY);

    @Test
    void onAppended_firstLayer_recordsTheSizeByContext() {
        listener.onAppended(0, 1, 1);
        listener.onAppended(0, 128, 108);
        listener.onAppended(0, 129, 109);
        listener.onAppended(0, 256, 111);
        listener.onAppended(1, 256, 111);

        assertThat(metrics.scrape())
                .contains("sublinear_kvcache_seen_tokens_count{context=\"1\"} 1")
                .contains("sublinear_kvcache_seen_tokens_sum{context=\"128\"} 128.0")
                .contains("sublinear_kvcache_seen_tokens_count{context=\"256\"} 2")
                .contains("sublinear_kvcache_retained_tokens_max{context=\"256\"} 111.0")
                .contains("sublinear_kvcache_bound_tokens_max{context=\"256\"} 111.0")
                .contains("sublinear_kvcache_bound_tokens_max{context=\"128\"} 111.0");
    }

    @Test
    void onTrimmed_anyLayer_countsTokensAndTrims() {
        listener.onTrimmed(0, 11, 100);
        listener.onTrimmed(1, 11, 100);

        assertThat(metrics.scrape())
                .contains("sublinear_kvcache_evicted_tokens_total{scorer=\"recency\"} 22.0")
                .contains("sublinear_kvcache_trims_total{scorer=\"recency\"} 2.0");
    }

    @Test
    void scrape_anyTime_hasTheJvmAndTheProcess() {
        assertThat(metrics.scrape()).contains("jvm_memory_used_bytes", "process_files_open_files", "process_uptime");
    }
}
