package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sublinear.engine.settings.Profile;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.server.Fixture;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CalibrateTest {
    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path model = Path.of("");

    @BeforeEach
    void writeModel() {
        model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));
    }

    private int run(String... args) {
        String[] all = Stream.concat(Stream.of(args), Stream.of("--model", model.toString()))
                .toArray(String[]::new);
        return Sublinear.run(all, Fixture.ENVIRONMENT, new PrintWriter(out), new PrintWriter(err));
    }

    private String[] calibrate(String more) {
        return ("calibrate --length 512 --documents 6 --workers 2 --recent 8 --slack 8 --scorer recency --out "
                        + directory.resolve("out") + " " + more)
                .split(" ", -1);
    }

    @Test
    void calibrate_targetThatCanBeMet_writesAProfileThatEveryCommandUses() throws IOException {
        assertThat(run(calibrate("--target-kl 3"))).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("largest KL at any length, nats")
                .contains("on documents not fitted on:")
                .contains("expected KL, nats")
                .contains("held of 512 tokens, in tenths");
        Path file = model.resolve(Profile.FILE);
        assertThat(out.toString()).contains("wrote " + file);
        JsonNode profile = new ObjectMapper().readTree(file.toFile());
        assertThat(profile.required("format").intValue()).isEqualTo(3);
        assertThat(profile.required("cache").required("scorer").textValue()).isEqualTo("recency");
        assertThat(profile.required("laws").required("layers")).hasSize(2).allSatisfy(layer -> {
            assertThat(layer.required("alpha")).hasSize(2);
            assertThat(layer.required("exponent")).hasSize(2);
        });
        JsonNode measured = profile.required("measured");
        assertThat(measured.required("met").booleanValue()).isTrue();
        assertThat(measured.required("target-kl").doubleValue()).isEqualTo(3);
        assertThat(measured.required("intervals")).hasSize(2);
        assertThat(measured.required("checked"))
                .isNotEmpty()
                .allSatisfy(
                        row -> assertThat(row.required("kl").required("mean").doubleValue())
                                .isLessThanOrEqualTo(3));
        JsonNode documents = measured.required("documents");
        assertThat(documents.required("fitted"))
                .isNotEmpty()
                .doesNotContainAnyElementsOf(documents.required("checked"))
                .doesNotContainAnyElementsOf(documents.required("tuned"));
        assertThat(documents.required("tuned")).isNotEmpty().doesNotContainAnyElementsOf(documents.required("checked"));

        out.getBuffer().setLength(0);
        assertThat(run("inspect")).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("budget        head-laws:scale=1")
                .contains("profile       kv-profile.json of ")
                .contains("held of 8,192 tokens, in tenths");
        assertThat(run("generate", "a", "--max-tokens", "1")).as(err.toString()).isZero();
        assertThat(err.toString()).contains("gives, where nothing else is configured: cache.budget head-laws");
    }

    @Test
    void calibrate_share_holdsThatShareAtTheLongestContext() throws IOException {
        Path file = directory.resolve("some.json");
        assertThat(run(calibrate("--share 0.9 --whole 0.3 --own exponents --profile " + file)))
                .as(err.toString())
                .isZero();
        JsonNode profile = new ObjectMapper().readTree(file.toFile());
        JsonNode whole = profile.required("laws").required("whole"); // of four heads one
        assertThat(whole).hasSize(1);
        assertThat(whole.get(0).required("from").doubleValue()).isBetween(0.001, 1.0);
        JsonNode measured = profile.required("measured");
        assertThat(measured.required("share").doubleValue()).isEqualTo(0.9);
        assertThat(measured.required("form").textValue()).isEqualTo("exponents");
        JsonNode last =
                measured.required("checked").get(measured.required("checked").size() - 1);
        assertThat(last.required("n").intValue()).isEqualTo(512);
        assertThat(last.required("kept").doubleValue() / 512).isBetween(0.9 - 2 * 64 / 512.0, 0.9); // in whole blocks
        assertThat(model.resolve(Profile.FILE)).doesNotExist();
    }

    @Test
    void calibrate_targetThatHalfOfTheCacheMisses_saysSoAndWritesNothing() {
        assertThat(run(calibrate("--target-kl 0.0000001"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("sublinear: no laws keep the divergence within 1.0E-7 nats with half of the tokens");
        assertThat(model.resolve(Profile.FILE)).doesNotExist();
    }

    @Test
    void calibrate_misused_saysSoInOneLine() {
        assertThat(run(calibrate("--target-kl 0"))).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("sublinear: target-kl must be in (0, 10), was 0.0" + System.lineSeparator());
        err.getBuffer().setLength(0);
        assertThat(run(calibrate("--share 1"))).isEqualTo(1);
        assertThat(err.toString()).isEqualTo("sublinear: share must be in (0, 1), was 1.0" + System.lineSeparator());
        err.getBuffer().setLength(0);
        assertThat(run(calibrate("--share 0.5 --target-kl 1"))).isEqualTo(2);
        assertThat(err.toString()).contains("--target-kl=NATS, --share=SHARE are mutually exclusive");
    }
}
