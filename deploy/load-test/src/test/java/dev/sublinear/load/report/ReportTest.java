package dev.sublinear.load.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.load.client.Outcome.Slo;
import dev.sublinear.load.report.Report.Measured;
import dev.sublinear.load.report.Report.Table;
import dev.sublinear.load.run.Tally;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ReportTest {
    private static final Slo SLO = new Slo(Duration.ofMillis(200), Duration.ofMillis(50));

    private static Report report(String fault) {
        Watch.Sight sight = new Watch.Sight(
                0.25,
                1.5,
                4,
                3.5,
                1_000,
                2_000,
                List.of(new Watch.Moment(4, 100, 90, 3_000, 3_300, 12_000)),
                List.of(new Watch.Retained(100, 90, 95), new Watch.Retained(200, 140, 150)));
        Measured stage =
                new Measured("Rates", "half", "made up", "4 streams", SLO.toString(), new Tally(SLO).counts(1), sight);
        return new Report(
                "smoke",
                "2026-11-25",
                "2 cores",
                Report.FORMULAS,
                List.of(new Report.Server(
                        "the stub",
                        "deploy/sublinear serve",
                        List.of(stage, stage),
                        List.of(new Residue.Value("sublinear_native_tensors", 1, 2, false)))),
                List.of(new Table("Compared", List.of("a", "b"), List.of(List.of("1", "2")))),
                fault.isEmpty() ? List.of() : List.of(fault));
    }

    @Test
    void markdown_hasFiguresFormulasAndFaults() {
        String text = MarkdownReport.of(report("a stream differs"));

        assertThat(text)
                .contains("**Failed:**\n- a stream differs\n")
                .contains("| half: 4 streams | 0.00 |")
                .contains("made up. SLO: TTFT ≤ 200 ms and TPOT ≤ 50 ms.")
                .contains("TPOT = (end to end − TTFT) / (tokens − 1)")
                .contains("| `sublinear_native_tensors` | 1 | 2 | **not returned** |")
                .contains("| a | b |\n| --- | --- |\n| 1 | 2 |\n");
        assertThat(MarkdownReport.of(report(""))).contains("**Passed.**");
    }

    @Test
    void html_needsNothingElse() {
        String page = HtmlReport.of(report("</script><b>it</b>"));

        assertThat(page)
                .doesNotContain("src=", "href=", "@import", "url(", "</script><b>")
                .contains("uPlot", "\"profile\":\"smoke\"");
        assertThat(page.split("</script>", -1)).hasSize(3);
    }
}
