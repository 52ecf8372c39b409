package dev.sublinear.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.engine.settings.Profile;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeCalibrateTest {
    @TempDir
    private Path directory;

    @Test
    void serve_modelWithoutAProfile_saysTheCommandThatMakesOne() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));
        try (ServeProcess server = ServeProcess.start("--model", model.toString())) {
            assertThat(server.awaitLine("  profile "))
                    .isEqualTo("  profile    none, so all heads have one budget; sublinear calibrate --model " + model
                            + " finds each head's own");
        }
    }

    @Test
    void serve_calibrate_makesAProfileOnce_andServesWithIt() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("random"));
        try (ServeProcess server = ServeProcess.start("--calibrate", "--model", model.toString())) {
            assertThat(server.awaitLine("sublinear: calibrated: "))
                    .contains(" of 2,048 tokens are held, and the next token diverges by ")
                    .endsWith("kept in " + model.resolve(Profile.FILE));
            assertThat(server.awaitLine("  budget ")).contains("head-laws:scale=1");
            assertThat(server.awaitLine("  profile ")).contains("kv-profile.json of ");
            assertThat(server.port()).isPositive();
        }
        try (ServeProcess again = ServeProcess.start("--calibrate", "--model", model.toString())) {
            assertThat(again.lines().readLine()).doesNotContain("calibrating");
            assertThat(again.port()).isPositive();
        }
    }
}
