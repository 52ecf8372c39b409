package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.server.Fixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
final class EvaluateTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private String model = "";

    @BeforeEach
    void writeModel() {
        model = RandomCheckpoint.seeded(1).write(directory.resolve("random")).toString();
    }

    private int run(String... more) {
        String[] always = {
            "evaluate", "--model", model, "--out", directory.resolve("out").toString()
        };
        String[] args = Stream.concat(Stream.of(always), Stream.of(more)).toArray(String[]::new);
        return Sublinear.run(args, Fixture.ENVIRONMENT, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void evaluate_budgetsTimesScorers_writesATableAndGoesOnWhereItWas() throws IOException {
        String[] settings = ("--length 256 --documents 2 --workers 2 --trials 2 --recent 8 "
                        + "--budgets fixed:64;fraction:0.5 --scorers recency,heavy-hitter")
                .split(" ", -1);
        assertThat(run(settings)).as(err.toString()).isZero();
        Path csv = directory.resolve("out/report.csv");
        List<String> first = Files.readAllLines(csv);
        List<String> results = Files.readAllLines(directory.resolve("out/results.jsonl"));

        assertThat(first).hasSize(1 + 2 * 2 * 2);
        assertThat(first.get(0)).startsWith("precision,budget,scorer,");
        assertThat(first.get(1)).startsWith("f32,fixed:64,recency,4,8,0.250000,64,128,");

        assertThat(Files.readString(directory.resolve("out/report.html")))
                .contains("The three claims of arXiv 2404.02690")
                .contains("Random weights of the same shape")
                .contains("associative recall")
                .contains("Writing on by itself");
        assertThat(Files.readAllLines(directory.resolve("out/generation.csv"))).hasSize(1 + 2 * 2);
        assertThat(Files.readAllLines(directory.resolve("out/probes.csv")))
                .hasSizeBetween(1 + 2 * 2 * 7, 1 + 2 * 2 * 8) // an instruction may be too long to be pinned
                .first()
                .asString()
                .contains("full,full_low,full_high,known,recalled,recalled_low,recalled_high");
        assertThat(Files.readString(directory.resolve("out/table.md")))
                .startsWith("| budget | tokens kept | bytes | recency | heavy-hitter |\n")
                .contains("| `fixed:64` | – / 126 | – / 75 % | ");

        assertThat(run(settings)).isZero();
        assertThat(Files.readAllLines(csv)).isEqualTo(first);
        assertThat(Files.readAllLines(directory.resolve("out/results.jsonl"))).isEqualTo(results);
    }

    @Test
    void evaluate_stoppedRun_reportsTheDocumentsThatAreWholeAndMeasuresNoMore() throws IOException {
        String[] settings =
                "--length 256 --documents 3 --parts fidelity --recent 8 --budgets fixed:64 --scorers recency"
                        .split(" ", -1);
        assertThat(run(settings)).as(err.toString()).isZero();
        assertThat(err.toString())
                .startsWith("fidelity: 3 documents of 256 tokens, 1 settings (for probes and generation 1); workers ")
                .contains(" minutes\n");
        Path results = directory.resolve("out/results.jsonl");
        List<String> left = Files.readAllLines(results).stream()
                .filter(line -> !line.contains("jude-the-obscure"))
                .toList();
        Files.write(results, left);

        assertThat(run(Stream.concat(Stream.of(settings), Stream.of("--report-only"))
                        .toArray(String[]::new)))
                .isZero();

        assertThat(Files.readAllLines(results)).isEqualTo(left).hasSize(4);
        assertThat(Files.readString(directory.resolve("out/report.html")))
                .contains("<p>2 documents of 256 tokens")
                .contains("<h2>By kind of document</h2>")
                .doesNotContain("jude-the-obscure");
        assertThat(Files.readAllLines(directory.resolve("out/kinds.csv")))
                .hasSize(1 + 2)
                .allSatisfy(line -> assertThat(line).containsAnyOf(",all,2,", ",kind,documents,"));
    }

    /** No clock is read but by {@code --parts speed}, so all files must be the same to the last byte. */
    @Test
    void evaluate_twice_writesTheSameFiles() throws IOException {
        String[] settings = ("--length 256 --documents 2 --workers 2 --trials 2 --recent 8 "
                        + "--budgets fixed:64;power-law:alpha=4,exponent=0.5 --scorers key-diff,random")
                .split(" ", -1);
        Path first = directory.resolve("first");
        assertThat(run(settings)).as(err.toString()).isZero();
        Files.move(directory.resolve("out"), first);
        assertThat(run(settings)).as(err.toString()).isZero();

        assertThat(files(first))
                .containsOnlyKeys(files(directory.resolve("out")).keySet())
                .containsKeys(
                        "report.json",
                        "report.csv",
                        "kinds.csv",
                        "probes.csv",
                        "generation.csv",
                        "rivals.csv",
                        "table.md")
                .isEqualTo(files(directory.resolve("out")));
    }

    /** The text of each file under a directory; lines of results come in the order in which workers were done. */
    private static Map<String, List<String>> files(Path directory) throws IOException {
        Map<String, List<String>> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                List<String> lines = Files.readAllLines(file);
                boolean sorted = file.endsWith("results.jsonl");
                files.put(
                        directory.relativize(file).toString(),
                        sorted ? lines.stream().sorted().toList() : lines);
            }
        }
        return files;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--documents 1 | documents must be at least 2, or there is no interval, was 1",
                "--length 100 --documents 2 | length must be at least 256 tokens, was 100",
                "--workers 0 | workers must be from 1 to 1024, was 0",
                "--budgets fixed:64 --scorers best | scorer must be one of",
                "--budgets half --scorers recency | budget must be one of",
                "--budgets fixed:64 --scorers recency --precisions f8 | must be one of",
                "--text /no/such.txt | /no/such.txt cannot be read as UTF-8 text",
            })
    void evaluate_misused_saysSoInOneLine(String more, String message) {
        assertThat(run(more.split(" ", -1))).isEqualTo(1);
        assertThat(err.toString()).startsWith("sublinear: ").contains(message);
        assertThat(err.toString().lines()).hasSize(1);
    }
}
