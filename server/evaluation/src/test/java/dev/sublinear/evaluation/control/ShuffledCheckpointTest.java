package dev.sublinear.evaluation.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.reference.RandomCheckpoint;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ShuffledCheckpointTest {
    @TempDir
    private Path directory;

    @Test
    void read_hasTheSameNumbersOfEachMatrixInAnotherOrderAndTheSameVectors() {
        Path model = RandomCheckpoint.seeded(1).write(directory);
        try (Checkpoint original = HuggingFaceCheckpoint.open(model);
                Checkpoint twin = new ShuffledCheckpoint(HuggingFaceCheckpoint.open(model))) {
            float[] query = read(original, Weight.QUERY);

            assertThat(read(twin, Weight.QUERY)).isNotEqualTo(query).isEqualTo(read(twin, Weight.QUERY));
            assertThat(sorted(read(twin, Weight.QUERY))).isEqualTo(sorted(query));
            assertThat(read(twin, Weight.ATTENTION_NORM)).isEqualTo(read(original, Weight.ATTENTION_NORM));
            assertThat(twin.fingerprint()).isNotEqualTo(original.fingerprint());
        }
    }

    @Test
    void read_partOfAMatrix_isThatPartOfTheWhole() {
        Path model = RandomCheckpoint.seeded(1).write(directory);
        try (Checkpoint twin = new ShuffledCheckpoint(HuggingFaceCheckpoint.open(model))) {
            float[] part = new float[5];

            twin.weights().read(Weight.DOWN, 1, 0, 7, FloatBuffer.wrap(part));

            assertThat(part).isEqualTo(Arrays.copyOfRange(read(twin, Weight.DOWN), 7, 12));
        }
    }

    private static float[] read(Checkpoint checkpoint, Weight weight) {
        float[] numbers = new float[(int) weight.shape(checkpoint.spec()).size()];
        checkpoint.weights().read(weight, 1, 0, 0, FloatBuffer.wrap(numbers));
        return numbers;
    }

    private static float[] sorted(float[] numbers) {
        float[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
