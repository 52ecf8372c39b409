package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.family.KnownShape;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class RandomWeightsTest {
    private static final ModelSpec SPEC = KnownShape.SMOLLM2_135M.spec();

    /** The embedding is drawn in 28 blocks. */
    @Test
    void read_aMatrixOfManyBlocks_drawsEachNumberAnew() {
        float[] numbers = read(1, Weight.EMBEDDING);
        assertThat(numbers).hasSize(SPEC.vocabSize() * SPEC.hiddenSize());
        double sum = 0;
        double squares = 0;
        for (float number : numbers) {
            sum += number;
            squares += (double) number * number;
        }
        assertThat(sum / numbers.length).isCloseTo(0, within(1e-4));
        assertThat(Math.sqrt(squares / numbers.length)).isCloseTo(0.02, within(1e-3));
        int row = SPEC.hiddenSize();
        assertThat(Arrays.copyOfRange(numbers, numbers.length - row, numbers.length))
                .isNotEqualTo(Arrays.copyOf(numbers, row))
                .doesNotContain(0f);
    }

    @Test
    void read_sameSeed_drawsTheSame() {
        assertThat(read(7, Weight.DOWN)).isEqualTo(read(7, Weight.DOWN));
        assertThat(read(7, Weight.DOWN)).isNotEqualTo(read(8, Weight.DOWN));
    }

    @Test
    void read_severalMatrices_putsOneBelowTheOther() {
        try (NDManager manager = NDManager.newBaseManager();
                NDArray both = new RandomWeights(SPEC, manager, 1).read(0, Weight.KEY, Weight.VALUE)) {
            assertThat(both.getShape()).isEqualTo(new Shape(2L * SPEC.kvHeads() * SPEC.headDim(), SPEC.hiddenSize()));
        }
    }

    private static float[] read(long seed, Weight weight) {
        try (NDManager manager = NDManager.newBaseManager();
                NDArray array = new RandomWeights(SPEC, manager, seed).read(0, weight)) {
            return array.toFloatArray();
        }
    }
}
