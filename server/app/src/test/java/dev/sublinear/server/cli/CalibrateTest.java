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
import java.nio.file.Files;
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

    private String[] calibrate(String target) {
        return ("calibrate --length 512 --documents 4 --workers 2 --recent 8 --slack 8 --scorers recency --target-"
                        + target + " --out " + directory.resolve("out"))
                .split(" ", -1);
    }

    @Test
    void calibrate_targetThatCanBeMet_writesAProfileThatInspectUses() throws IOException {
        assertThat(run(calibrate("kl 3"))).as(err.toString()).isZero();
        assertThat(out.toString()).contains("chosen: power-law:alpha=").contains("expected KL, nats");
        Path file = directory.resolve("out/kv-profile.json");
        JsonNode profile = new ObjectMapper().readTree(file.toFile());
        JsonNode measured = profile.required("measured");
        assertThat(measured.required("met").booleanValue()).isTrue();
        assertThat(measured.required("checked"))
                .isNotEmpty()
                .allSatisfy(
                        row -> assertThat(row.required("kl").required("mean").doubleValue())
                                .isLessThanOrEqualTo(3));
        assertThat(measured.required("fitted-on")).doesNotContainAnyElementsOf(measured.required("checked-on"));

        Files.copy(file, model.resolve(Profile.FILE));
        out.getBuffer().setLength(0);
        assertThat(run("inspect")).as(err.toString()).isZero();
        assertThat(out.toString())
                .contains("budget        "
                        + profile.required("cache").required("budget").textValue())
                .contains("profile       kv-profile.json gives, ");
        assertThat(run("generate", "a", "--max-tokens", "1")).as(err.toString()).isZero();
        assertThat(err.toString())
                .contains("sublinear: kv-profile.json gives, where nothing else is configured: cache.budget ");
    }

    @Test
    void calibrate_targetInNll_isTheOneThatIsMetAndRecorded() throws IOException {
        assertThat(run(calibrate("nll 2"))).as(err.toString()).isZero();
        JsonNode measured = new ObjectMapper()
                .readTree(directory.resolve("out/kv-profile.json").toFile())
                .required("measured");
        assertThat(measured.required("target-nll").doubleValue()).isEqualTo(2);
        assertThat(measured.has("target-kl")).isFalse();
        assertThat(measured.required("checked"))
                .isNotEmpty()
                .allSatisfy(
                        row -> assertThat(row.required("nll").required("mean").doubleValue())
                                .isLessThanOrEqualTo(2));
    }

    @Test
    void calibrate_targetThatHalfOfTheCacheMisses_saysSoAndWritesNothing() {
        assertThat(run(calibrate("kl 0.0000001"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("sublinear: no power law keeps the divergence within 1.0E-7 nats with half of 512 tokens");
        assertThat(directory.resolve("out/kv-profile.json")).doesNotExist();
    }

    @Test
    void calibrate_misused_saysSoInOneLine() {
        assertThat(run(calibrate("kl 0"))).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("sublinear: target-kl must be in (0, 10), was 0.0" + System.lineSeparator());
        err.getBuffer().setLength(0);
        assertThat(run(calibrate("nll -1"))).isEqualTo(1);
        assertThat(err.toString())
                .isEqualTo("sublinear: target-nll must be in (0, 10), was -1.0" + System.lineSeparator());
        err.getBuffer().setLength(0);
        assertThat(run(calibrate("nll 1 --target-kl 1"))).isEqualTo(2);
        assertThat(err.toString()).contains("--target-kl=NATS, --target-nll=NATS are mutually exclusive");
    }
}
