package dev.sublinear.evaluation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.sublinear.evaluation.probe.ProbeResult;
import dev.sublinear.evaluation.setting.Setting;
import dev.sublinear.evaluation.statistics.Interval;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CsvTablesTest {
    private static final Setting SETTING =
            new Setting("f32", "power-law:alpha=4,exponent=0.5", "key-diff", 4, 8, 0.25, 64);

    private static ProbeResult result(String probe, int known) {
        Interval full = new Interval(0.5, 0.25, 0.75);
        return new ProbeResult(probe, SETTING, 512, 20, full, known, new Interval(1 / 3.0, 0, 1e-7));
    }

    /** Reads a file with a header, as other programs do. */
    private static List<Map<String, String>> read(String csv) throws IOException {
        return new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .<Map<String, String>>readValues(csv)
                .readAll();
    }

    @Test
    void probes_readBack_haveEveryColumnAndItsValue() throws IOException {
        List<Map<String, String>> rows = read(CsvTables.probes(List.of(result("pass key", 10))));

        assertThat(rows).hasSize(1);
        assertThat(rows.get(0))
                .containsExactly(
                        entry("precision", "f32"),
                        entry("budget", "power-law:alpha=4,exponent=0.5"),
                        entry("scorer", "key-diff"),
                        entry("sinks", "4"),
                        entry("recent", "8"),
                        entry("recent_share", "0.250000"),
                        entry("slack", "64"),
                        entry("probe", "pass key"),
                        entry("context", "512"),
                        entry("trials", "20"),
                        entry("full", "0.500000"),
                        entry("full_low", "0.250000"),
                        entry("full_high", "0.750000"),
                        entry("known", "10"),
                        entry("recalled", "0.333333"),
                        entry("recalled_low", "0.00000"),
                        entry("recalled_high", "1.00000e-07"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "said \"yes\"",
                "\"",
                "a,b",
                "two\nlines",
                "two\r\nlines",
                "",
                " spaces ",
                "a;b\tc",
                "C:\\dir",
                "√log n"
            })
    void probes_anyText_isReadBackAsItWas(String probe) throws IOException {
        List<Map<String, String>> rows =
                read(CsvTables.probes(List.of(result(probe, 1), result("pass key", 1), result(probe, 2))));

        assertThat(rows).extracting(row -> row.get("probe")).containsExactly(probe, "pass key", probe);
        assertThat(rows).extracting(row -> row.get("known")).containsExactly("1", "1", "2");
    }

    @Test
    void everyTable_withoutRows_hasItsHeader() {
        assertThat(List.of(
                        CsvTables.summaries(List.of()),
                        CsvTables.kinds(List.of()),
                        CsvTables.probes(List.of()),
                        CsvTables.continuations(List.of()),
                        CsvTables.comparisons(List.of())))
                .allSatisfy(csv -> assertThat(csv)
                        .startsWith("precision,budget,scorer,sinks,recent,recent_share,slack,")
                        .endsWith("\n")
                        .hasLineCount(1));
    }
}
