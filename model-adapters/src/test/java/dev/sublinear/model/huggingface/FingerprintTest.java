package dev.sublinear.model.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.checkpoint.Fingerprint;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FingerprintTest {
    @TempDir
    private Path directory;

    @Test
    void of_theSameCheckpointElsewhere_isTheSame() {
        Path first = RandomCheckpoint.seeded(1).write(directory.resolve("a"));
        Path second = RandomCheckpoint.seeded(1).write(directory.resolve("b"));

        assertThat(Fingerprint.of(first)).matches("[0-9a-f]{64}").isEqualTo(Fingerprint.of(second));
    }

    @Test
    void of_otherWeights_isAnother() {
        Path first = RandomCheckpoint.seeded(1).write(directory.resolve("a"));
        Path second = RandomCheckpoint.seeded(2).write(directory.resolve("b"));

        assertThat(Fingerprint.of(first)).isNotEqualTo(Fingerprint.of(second));
    }

    @Test
    void of_aFile_doesNotDependOnItsName() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("a")).resolve("model.safetensors");
        Path copy = Files.copy(model, directory.resolve("other"));

        assertThat(Fingerprint.of(copy)).hasSize(64).isEqualTo(Fingerprint.of(model));
    }
}
