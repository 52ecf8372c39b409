package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CacheCurveTest {
    private static final int SLACK = 8;
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            new BudgetSchedule.Fixed(100), new RecencyScorer(), new Protection(4, 8, 0, Protection.Span.EMPTY), SLACK);

    private final CacheCurve curve = new CacheCurve();

    @Test
    void plot_cacheThatIsTrimmed_leavesTheLineOfAFullCacheWhereTheBudgetBinds() {
        KvCacheListener layer = curve.cacheListener(POLICY);
        int retained = 0;
        for (int seen = 1; seen <= 400; seen++) {
            retained++;
            layer.onAppended(0, HeadLengths.of(seen, retained, retained));
            layer.onAppended(1, HeadLengths.of(seen, retained - 1, retained + 1));
            if (retained > POLICY.budget().budget(seen) + POLICY.slack()) {
                layer.onTrimmed(0, 2 * retained - 200, HeadLengths.of(seen, 100, 100));
                layer.onTrimmed(1, 2 * retained - 200, HeadLengths.of(seen, 99, 101));
                retained = 100;
            }
        }

        List<String> lines = curve.plot(POLICY).lines().toList();

        assertThat(lines).hasSize(15);
        assertThat(lines.get(1)).startsWith("      400 |").endsWith(".");
        assertThat(lines.get(9))
                .as("100 of 400 tokens, on eleven steps")
                .contains("ooooo")
                .endsWith("o");
        assertThat(lines.get(5)).as("half of them").doesNotContain("o");
        assertThat(lines.get(14)).startsWith("           0").endsWith("400 seen");
    }

    @Test
    void plot_fewTokens_isTheLineOfAFullCache() {
        KvCacheListener layer = curve.cacheListener(POLICY);
        layer.onAppended(0, HeadLengths.of(3, 3));

        assertThat(curve.plot(POLICY)
                        .lines()
                        .filter(line -> line.contains(" |"))
                        .toList())
                .allMatch(line -> line.matches(" *[\\d,]* +\\|[ o]*"))
                .anyMatch(line -> line.contains("o"));
    }

    @Test
    void plot_nothingRead_isNothing() {
        assertThat(curve.plot(POLICY)).isEmpty();
    }
}
