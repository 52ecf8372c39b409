package dev.sublinear.server.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.ModelDirectory;
import dev.sublinear.model.RandomCheckpoint;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShuffledTwinTest {
    @TempDir
    private Path directory;

    @Test
    void write_hasTheSameNumbersOfEachMatrixInAnotherOrderAndTheSameVectors() throws IOException {
        Path model = RandomCheckpoint.seeded(1).write(directory.resolve("model"));
        Path twin = Files.createDirectories(directory.resolve("twin"));

        ShuffledTwin.write(model, twin);

        String matrix = "model.layers.1.self_attn.q_proj.weight";
        assertThat(read(twin, matrix)).isNotEqualTo(read(model, matrix));
        assertThat(sorted(read(twin, matrix))).isEqualTo(sorted(read(model, matrix)));
        assertThat(read(twin, "model.norm.weight")).isEqualTo(read(model, "model.norm.weight"));
    }

    private static float[] read(Path model, String tensor) {
        try (ModelDirectory open = ModelDirectory.open(model)) {
            float[] numbers =
                    new float[(int) open.weights().info(tensor).shape().size()];
            open.weights().read(tensor, 0, FloatBuffer.wrap(numbers));
            return numbers;
        }
    }

    private static float[] sorted(float[] numbers) {
        float[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
