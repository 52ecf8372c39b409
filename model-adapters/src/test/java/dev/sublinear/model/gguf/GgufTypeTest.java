package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights.Grid;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks of random bytes are what gguf-py makes of them. */
final class GgufTypeTest {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void decode_randomBlocks_areTheFloatsOfGgufPy(GgufType type) {
        try (GgufParts file = GgufParts.open(GgufFixtures.path("blocks"))) {
            GgufTensor tensor = file.tensor(type.name());
            assertThat(tensor.type()).isEqualTo(type);

            float[] floats = file.vector(type.name(), 1 << 12);

            float[] expected = file.vector(type.name() + ".floats", 1 << 12);
            assertThat(floats).hasSameSizeAs(expected);
            for (int i = 0; i < floats.length; i++) {
                assertThat(floats[i])
                        .as("%s %s", type, i)
                        .isCloseTo(expected[i], within(2 * Math.ulp(Math.max(1e-3f, Math.abs(expected[i])))));
            }
        }
    }

    static Stream<GgufType> typesOfFourBits() {
        return Arrays.stream(GgufType.values()).filter(type -> type.grid().isPresent());
    }

    /** Recovers the stored numbers from what gguf-py makes of the blocks. */
    @ParameterizedTest
    @MethodSource("typesOfFourBits")
    void grid_randomBlocks_putsFloatsOnWholeNumbersFrom0To15(GgufType type) {
        try (GgufParts file = GgufParts.open(GgufFixtures.path("blocks"))) {
            float[] floats = file.vector(type.name() + ".floats", 1 << 12);
            float[] grid = new float[2 * floats.length / Grid.GROUP];
            GgufTensor tensor = file.tensor(type.name());

            file.readGrid(type.name(), 0, tensor.rows(), FloatBuffer.wrap(grid));

            Set<Integer> seen = new TreeSet<>();
            for (int i = 0; i < floats.length; i++) {
                float step = grid[i / Grid.GROUP * 2];
                float zero = grid[i / Grid.GROUP * 2 + 1];
                int number = Math.round((floats[i] - zero) / step) + 8;
                double on = (double) (number - 8) * step + zero;
                assertThat((double) floats[i])
                        .as("%s %s, number %s", type, i, number)
                        .isCloseTo(on, within(4.0 * Math.ulp(Math.abs(zero) + 8 * Math.abs(step))));
                seen.add(number);
            }
            assertThat(seen)
                    .containsExactlyElementsOf(IntStream.range(0, 16).boxed().toList());
        }
    }

    @Test
    void grid_ofTypes_isThereForAllWithStepsAndZerosOf32Weights() {
        assertThat(typesOfFourBits()).containsExactly(GgufType.Q4_0, GgufType.Q4_1, GgufType.Q4_K);
    }

    @Test
    void read_someRows_areThoseOfTheWhole() {
        try (GgufParts file = GgufParts.open(GgufFixtures.path("blocks"))) {
            float[] second = new float[256];

            file.read("Q6_K", 1, 1, FloatBuffer.wrap(second));

            assertThat(file.vector("Q6_K", 512)).endsWith(second);
        }
    }

    /** Scales of infinity and of no number, also where all that they scale is zero. */
    @ParameterizedTest
    @ValueSource(ints = {0x7c00, 0xfc00, 0x7e00})
    void read_scaleThatIsNotFinite_isRefusedWithTheTensor(int half) {
        byte[] block = new byte[34];
        block[0] = (byte) half;
        block[1] = (byte) (half >> 8);
        Path path =
                new GgufBuilder().tensor("odd.weight", GgufType.Q8_0, block, 32).write(directory);

        try (GgufParts file = GgufParts.open(path)) {
            assertThatThrownBy(() -> file.vector("odd.weight", 32))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessage("x.gguf: tensor \"odd.weight\": must be finite, has a number or scale that is not");
        }
    }
}
