package dev.sublinear.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.Protection;
import dev.sublinear.kvcache.budget.BudgetSchedule;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.server.Fixture;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BenchTest {
    private static final EvictionPolicy POLICY = new EvictionPolicy(
            BudgetSchedule.parse("power-law:alpha=8,exponent=0.5"),
            new HeavyHitterScorer(),
            new Protection(4, 8, 0.25, Protection.Span.EMPTY),
            5);

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
            "bench", "--model", model, "--budget", POLICY.budget().toString(), "--recent", "8", "--slack", "5"
        };
        String[] args = Stream.concat(Stream.of(always), Stream.of(more)).toArray(String[]::new);
        return Sublinear.run(args, Fixture.ENVIRONMENT, new PrintWriter(out), new PrintWriter(err));
    }

    @Test
    void bench_asJson_tellsWhatEachBudgetHeldAndNeeded() throws JsonProcessingException {
        assertThat(run("--contexts", "100,300", "--rounds", "1", "--json"))
                .as(err.toString())
                .isZero();

        JsonNode report = new ObjectMapper().readTree(out.toString());
        JsonNode measurements = report.required("measurements");
        assertThat(measurements).hasSize(4);
        for (int i = 0; i < 4; i++) {
            JsonNode measurement = measurements.get(i);
            int context = i < 2 ? 100 : 300;
            boolean pruned = i % 2 == 0;
            assertThat(measurement.required("context").intValue()).isEqualTo(context);
            assertThat(measurement.required("budget").textValue())
                    .isEqualTo(pruned ? POLICY.budget().toString() : "unlimited");
            int least = pruned ? POLICY.budget().budget(context) : context;
            assertThat(measurement.required("retained").intValue())
                    .isBetween(least, pruned ? least + POLICY.slack() : least);
            assertThat(measurement.required("prefillTokensPerSecond").doubleValue())
                    .isPositive();
            assertThat(measurement.required("decodeMillisPerToken").doubleValue())
                    .isPositive();
        }
        assertThat(measurements.get(2).required("bytes").longValue())
                .isLessThan(measurements.get(3).required("bytes").longValue());
        assertThat(operations(measurements.get(2))).as("attends to less").isLessThan(operations(measurements.get(3)));
        assertThat(operations(measurements.get(3)))
                .as("three times the products, more than that of attention")
                .isGreaterThan(3 * operations(measurements.get(1)));
    }

    @Test
    void bench_promptLookup_tellsOfEachTaskWhatItSpares() throws JsonProcessingException {
        assertThat(run("--scorer", "recency", "--prompt-lookup", "--rounds", "1", "--json"))
                .as(err.toString())
                .isZero();

        JsonNode results = new ObjectMapper().readTree(out.toString());
        assertThat(results.size()).isGreaterThan(5);
        for (JsonNode result : results) {
            assertThat(result.required("tokens").intValue()).isPositive();
            assertThat(result.required("tokensPerSecond").doubleValue()).isPositive();
            assertThat(result.required("same").booleanValue())
                    .as("in f32 with drafts and without: %s", result)
                    .isTrue();
        }
    }

    @Test
    void bench_inTurns_measuresWhatEachLineAsksFor() throws JsonProcessingException {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream("""
                {"measure": "decode", "tokens": 1}
                {"measure": "read", "tokens": 300, "room": 310}
                {"measure": "decode", "tokens": 10}
                {"measure": "decode", "tokens": 1}
                {"measure": "fill", "depth": 300, "streams": 3, "room": 310}
                {"measure": "decode", "tokens": 10}
                {"measure": "guess"}
                {"measure": "read", "token": 300}
                """.getBytes(UTF_8)));
        try {
            assertThat(run("--turns")).as(err.toString()).isZero();
        } finally {
            System.setIn(before);
        }

        List<JsonNode> lines = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        assertThat(lines).hasSize(9);
        assertThat(lines.get(0).required("budget").textValue())
                .isEqualTo(POLICY.budget().toString());
        for (int measured : new int[] {2, 3, 5, 6}) {
            assertThat(lines.get(measured).required("milliseconds").doubleValue())
                    .isPositive();
        }
        assertThat(lines.get(5).required("cache_bytes").longValue())
                .as("of three streams, which reserved as much as the one that was read")
                .isEqualTo(3 * lines.get(2).required("cache_bytes").longValue());
        assertThat(List.of(1, 4, 7, 8))
                .extracting(refused -> lines.get(refused).required("error").textValue())
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("decode must come after read or fill"),
                        full -> assertThat(full).isEqualTo("tokens must be from 1 to 0, was 1"),
                        unknown -> assertThat(unknown).isEqualTo("measure must be read, fill or decode, was \"guess\""),
                        misspelt -> assertThat(misspelt)
                                .startsWith("a line must be a request as JSON: Unrecognized field \"token\""));
    }

    /** Billions, to read the context. */
    private static double operations(JsonNode measurement) {
        return measurement.required("prefillGigaflops").doubleValue()
                * measurement.required("context").intValue()
                / measurement.required("prefillTokensPerSecond").doubleValue();
    }

    @Test
    void bench_asTable_showsRatiosToTheBudgetComparedWith() {
        assertThat(run("--contexts", "300", "--rounds", "1", "--against", "unlimited;fixed:200"))
                .as(err.toString())
                .isZero();

        assertThat(out.toString().lines()).hasSize(5);
        assertThat(out.toString())
                .containsPattern("(?m)^ +300 +1  unlimited +300 +\\d+ +1\\.00( +\\d+){4} +\\S+ +1\\.00 ");
        assertThat(out.toString()).containsPattern("(?m)^ +300 +1  fixed:200 +20\\d ");
    }

    @Test
    void bench_severalSequencesWithFilledCaches_measuresNoPrefill() throws JsonProcessingException {
        assertThat(run("--contexts", "300", "--rounds", "1", "--sequences", "3", "--fill", "--json"))
                .as(err.toString())
                .isZero();

        JsonNode report = new ObjectMapper().readTree(out.toString());
        assertThat(report.required("machine").required("copyBytesPerSecond").doubleValue())
                .isPositive();
        for (JsonNode measurement : report.required("measurements")) {
            assertThat(measurement.required("sequences").intValue()).isEqualTo(3);
            assertThat(measurement.required("prefillTokensPerSecond").isNull()).isTrue();
            for (String part : new String[] {"decodeMillisPerToken", "linearMillis", "attentionMillis"}) {
                assertThat(measurement.required(part).doubleValue()).as(part).isPositive();
            }
        }
        int least = POLICY.budget().budget(300);
        assertThat(report.required("measurements").get(0).required("retained").intValue())
                .isBetween(least, least + POLICY.slack());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--sequences 0 | 2 | --sequences must be at least 1, was 0; see sublinear --help",
                "--shape huge | 2 | --shape must be one of smollm2-135m, tinyllama-1.1b, llama-3.2-1b, was \"huge\"; see sublinear --help",
                "--rounds 0 | 2 | --rounds must be at least 1, was 0; see sublinear --help",
                "--rounds 1 --contexts 0 | 2 | --contexts must be from 1 to 8128, was 0; see sublinear --help",
                "--rounds 1 --contexts 9000 | 2 | --contexts must be from 1 to 8128, was 9000; see sublinear --help",
                "--against half | 2 | --against: budget must be one of unlimited, fixed:1024, fraction:0.25, logarithmic:scale=64, power-law:alpha=32,exponent=0.5, head-laws:scale=1, was \"half\"; see sublinear --help",
            })
    void bench_misused_saysSoInOneLine(String more, int code, String message) {
        assertThat(run(more.split(" ", -1))).isEqualTo(code);
        assertThat(err.toString()).isEqualTo("sublinear: " + message + System.lineSeparator());
    }

    @Test
    void bench_cachesThatDoNotFitTogether_areRefused() {
        assertThat(run("--contexts", "300", "--rounds", "1", "--cache-capacity", "50KB"))
                .isEqualTo(1);
        assertThat(err.toString()).startsWith("sublinear: cache.capacity must hold the caches of all policies, ");
    }
}
