package dev.sublinear.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.evaluation.EvaluationPlan;
import dev.sublinear.evaluation.Findings;
import dev.sublinear.evaluation.corpus.Kind;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import dev.sublinear.evaluation.worker.WorkerPlan;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ReportPageTest {
    private static final Setting SETTING = new Setting("f32", "fixed:64", "recency", 4, 8, 0.25, 64);

    private static String page(String model, List<ProbeResult> probes) {
        EvaluationPlan plan = new EvaluationPlan(
                Set.of(EvaluationPlan.Part.PROBES),
                List.of(SETTING),
                List.of(SETTING),
                2,
                256,
                20,
                256,
                new WorkerPlan(1, 1, 1_000_000));
        return ReportPage.of(new Findings(
                model,
                "0123456789abcdef",
                plan,
                List.of("emma#1", "<i>#2"),
                List.of(Kind.PROSE, Kind.CODE),
                List.of(),
                List.of(1000L, 2000L),
                List.of(),
                List.of(),
                probes,
                List.of(),
                List.of()));
    }

    @Test
    void of_namesWithMarkup_showsThemAsText() {
        String page = page(
                "<script>alert('x')</script> & \"more\"",
                List.of(new ProbeResult(
                        "a<b", SETTING, 256, 20, new Interval(1, 1, 1), 20, new Interval(0.5, 0.3, 0.7))));

        assertThat(page)
                .contains(
                        "<h1>What pruning costs: &lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;</h1>")
                .contains("<th>a&lt;b</th>")
                .contains("Documents: emma#1, &lt;i&gt;#2.")
                .doesNotContain("<script")
                .doesNotContain("<i>");
    }

    @Test
    void of_probes_hasALineForTheFullCacheAndForEachSetting() {
        assertThat(page(
                        "a model",
                        List.of(new ProbeResult(
                                "pass key",
                                SETTING,
                                256,
                                20,
                                new Interval(1, 0.9, 1),
                                18,
                                new Interval(0.5, 0.3, 0.7)))))
                .contains("<tr><td>unlimited</td><td></td><td>100 % [90, 100]</td></tr>")
                .contains("<tr><td>fixed:64</td><td>recency</td><td>50 % [30, 70] of 18</td></tr>")
                .containsOnlyOnce("<p>Not measured.</p>");
    }

    @Test
    void of_nothingMeasured_saysSoAndDrawsEmptyPanels() {
        assertThat(page("a model", List.of()))
                .contains("<h1>What pruning costs: a model</h1>")
                .contains("<div class=\"verdict\">not measured</div>")
                .contains("<svg ")
                .contains("nothing was measured")
                .contains("4 sinks, the newest max(8, 0.25 of the budget), slack 64.")
                .doesNotContain("Each power law against each fixed budget")
                .doesNotContain("{{");
        assertThat(page("a model", List.of()).split("<p>Not measured.</p>", -1)).hasSize(3);
    }
}
