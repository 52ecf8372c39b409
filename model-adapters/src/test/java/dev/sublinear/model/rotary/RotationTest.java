package dev.sublinear.model.rotary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sublinear.testing.Seed;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rotation in Java beside complex numbers, and the tensors that libtorch rotates by. */
final class RotationTest {
    private static final int[] POSITIONS = {0, 1, 37, 100_000};
    private static final int HEADS = 3;
    private static final long SEED = Seed.or(11);

    @ParameterizedTest
    @CsvSource({"8, 8", "8, 4", "6, 6", "128, 128"})
    void rotate_anyToken_turnsEachPairByItsAngle(int size, int rotated) {
        Rotary rotary = new Rotary(rotated, 10_000, new RotaryScaling.None());
        Rotation rotation = rotary.at(POSITIONS);
        Random random = new Random(SEED);
        for (int token = 0; token < POSITIONS.length; token++) {
            float[] numbers = new float[5 + HEADS * size];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            float[] before = numbers.clone();

            rotation.rotate(token, numbers, 5, HEADS, size);

            for (int i = 0; i < numbers.length; i++) {
                double expected = expected(before, i, size, rotated, POSITIONS[token]);
                assertThat((double) numbers[i])
                        .as("number %s of token %s, seed %s", i, token, SEED)
                        .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
            }
        }
    }

    /** By the definition: of the pair (first, second), the real or the imaginary part of (first + i second) e^(i angle). */
    private static double expected(float[] before, int index, int size, int rotated, int position) {
        int within = Math.floorMod(index - 5, size);
        if (index < 5 || within >= rotated) {
            return before[index];
        }
        int half = rotated / 2;
        int pair = within % half;
        float angle = position * (1f / (float) Math.pow(10_000, (float) (2 * pair) / rotated));
        double first = before[index - within + pair];
        double second = before[index - within + pair + half];
        return within < half
                ? first * Math.cos(angle) - second * Math.sin(angle)
                : first * Math.sin(angle) + second * Math.cos(angle);
    }

    @Test
    void none_anyToken_turnsNothing() {
        float[] numbers = {1, 2, 3, 4};

        Rotation.NONE.rotate(3, numbers, 0, 1, 4);

        assertThat(numbers).containsExactly(1, 2, 3, 4);
    }

    @Test
    void tensors_timesAHeadAndItsHalvesSwapped_giveWhatRotateGives() {
        int size = 8;
        Rotation rotation = new Rotary(size, 500, new RotaryScaling.None()).at(POSITIONS);
        float[] numbers = {1, -2, 3, 0.5f, 4, 5, -6, 7};
        try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
            List<NDArray> tensors = rotation.tensors(manager).toList();
            float[] cos = tensors.get(0).toFloatArray();
            float[] sin = tensors.get(1).toFloatArray();
            assertThat(tensors)
                    .allSatisfy(tensor ->
                            assertThat(tensor.getShape().getShape()).containsExactly(POSITIONS.length, 1, size));
            for (int token = 0; token < POSITIONS.length; token++) {
                float[] rotated = numbers.clone();
                rotation.rotate(token, rotated, 0, 1, size);
                for (int i = 0; i < size; i++) {
                    float swapped = numbers[(i + size / 2) % size];
                    assertThat(numbers[i] * cos[token * size + i] + swapped * sin[token * size + i])
                            .as("number %s of token %s", i, token)
                            .isEqualTo(rotated[i]);
                }
            }
        }
    }
}
