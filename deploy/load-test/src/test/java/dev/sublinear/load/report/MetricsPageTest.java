package dev.sublinear.load.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import java.util.List;
import org.junit.jupiter.api.Test;

final class MetricsPageTest {
    private static final MetricsPage FIRST = MetricsPage.parse("""
            # HELP tokens What is held
            # TYPE tokens summary
            tokens_count{context="1024"} 10
            tokens_sum{context="1024"} 5000.0
            tokens_count{context="64"} 1
            tokens_sum{context="64"} 60.0
            jvm_buffer_count_buffers{id="mapped - 'non-volatile memory'"} 0.0
            """);
    private static final MetricsPage SECOND = MetricsPage.parse("""
            tokens_count{context="1024"} 12
            tokens_sum{context="1024"} 6600.0
            tokens_count{context="64"} 1
            tokens_sum{context="64"} 60.0
            """);

    @Test
    void meansByContext_areOfWhatCameSince() {
        assertThat(SECOND.meansByContext("tokens", FIRST)).containsExactly(entry(1024, 800.0));
    }

    @Test
    void value_thatIsMissing_isNamed() {
        assertThat(FIRST.value("jvm_buffer_count_buffers{id=\"mapped - 'non-volatile memory'\"}"))
                .isZero();
        assertThatThrownBy(() -> FIRST.value("other")).hasMessage("the server's /metrics has no other");
    }

    private static MetricsPage holding(int tensors, int threads) {
        StringBuilder page = new StringBuilder();
        for (String name : List.of(
                "sublinear_kvcache_bytes",
                "sublinear_kvcache_reserved_bytes",
                "sublinear_kvcache_live_seen_tokens",
                "sublinear_kvcache_live_retained_tokens",
                "sublinear_requests_running",
                "sublinear_requests_waiting",
                "sublinear_netty_direct_bytes",
                "process_files_open_files",
                "jvm_buffer_count_buffers{id=\"direct\"}",
                "jvm_buffer_memory_used_bytes{id=\"direct\"}")) {
            page.append(name).append(" 5\n");
        }
        page.append("sublinear_native_tensors ").append(tensors).append('\n');
        page.append("jvm_threads_live_threads ").append(threads).append('\n');
        return MetricsPage.parse(page.toString());
    }

    @Test
    void residue_whatIsLeft_isFound() {
        assertThat(Residue.compare(holding(7, 9), holding(7, 8))).allMatch(Residue.Value::isClean);
        assertThat(Residue.compare(holding(7, 9), holding(8, 9)))
                .filteredOn(value -> !value.isClean())
                .containsExactly(new Residue.Value("sublinear_native_tensors", 7, 8, false));
        assertThat(Residue.compare(holding(7, 9), holding(7, 10)))
                .filteredOn(value -> !value.isClean())
                .containsExactly(new Residue.Value("jvm_threads_live_threads", 9, 10, false));
    }
}
