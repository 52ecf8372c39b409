package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.sublinear.model.checkpoint.StoredWeights.Grid;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.precision.PrecisionException;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.testing.Seed;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with matrices that a checkpoint stores in 4 bits, against sums in float64 over what it stores. */
@Tag("model")
class Int4LinearTest {
    private static final long SEED = Seed.or(20261201);
    private static final int TOKENS = 5;

    /** Half a unit in the last place of bfloat16, relative. */
    private static final double BF16 = Math.scalb(1.0, -8);

    private static PtNDManager manager;
    private static TorchScript script;
    private static Packing packing;

    private final Random random = new Random(SEED);

    /** A matrix on a grid: numbers from 0 to 15, and the step and zero of each group of an output. */
    private static final class Stored {
        private final int outputs;
        private final int inputs;
        private final int[] numbers;
        private final float[] grid;

        Stored(int outputs, int inputs, int[] numbers, float[] grid) {
            this.outputs = outputs;
            this.inputs = inputs;
            this.numbers = numbers;
            this.grid = grid;
        }

        double step(int output, int input) {
            return grid[2 * group(output, input)];
        }

        double zero(int output, int input) {
            return grid[2 * group(output, input) + 1];
        }

        private int group(int output, int input) {
            return (output * inputs + input) / Grid.GROUP;
        }

        int above(int output, int input) {
            return numbers[output * inputs + input] - 8;
        }

        float weight(int output, int input) {
            return (float) (above(output, input) * step(output, input) + zero(output, input));
        }
    }

    @BeforeAll
    static void open() {
        manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        script = new TorchScript(manager, ScriptSource.text());
        packing = new Packing(script);
    }

    @AfterAll
    static void close() {
        packing.close();
        script.close();
        manager.close();
    }

    /** Steps as float16 has them, of either sign as in Q4_0, some groups all zero; or steps and zeros that bfloat16 has, too. */
    private Stored stored(int outputs, int inputs, boolean shortSteps) {
        int[] numbers = random.ints((long) outputs * inputs, 0, 16).toArray();
        float[] grid = new float[outputs * inputs / Grid.GROUP * 2];
        for (int group = 0; group < grid.length / 2; group++) {
            float step =
                    group % 7 == 3 ? 0 : (random.nextInt(2048) + 2048) * 0x1p-19f * (random.nextBoolean() ? 1 : -1);
            float zero = step * (random.nextInt(9) - 4) / 2;
            grid[2 * group] = shortSteps ? toBfloat16(step) : step;
            grid[2 * group + 1] = shortSteps ? toBfloat16(zero) : zero;
        }
        return new Stored(outputs, inputs, numbers, grid);
    }

    /** Cut to 8 bits. */
    private static float toBfloat16(float value) {
        return Float.intBitsToFloat(Float.floatToIntBits(value) & 0xffff0000);
    }

    private static float[] multiply(Stored stored, float[] tokens, Optional<float[]> bias) {
        float[] matrix = new float[stored.outputs * stored.inputs];
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] = stored.weight(i / stored.inputs, i % stored.inputs);
        }
        long groups = stored.inputs / Grid.GROUP;
        try (NDArray weights = manager.create(matrix, new Shape(stored.outputs, stored.inputs));
                NDArray grid = manager.create(stored.grid, new Shape(stored.outputs, groups, 2));
                NDArray inputs = manager.create(tokens, new Shape(TOKENS, stored.inputs));
                Packed packed = packing.packOnGrid(weights, grid, bias.map(manager::create));
                NDArray products = packing.linear(inputs, packed)) {
            return products.toFloatArray();
        }
    }

    /** Numbers that bfloat16 has. */
    private float[] tokens(int inputs) {
        float[] tokens = new float[TOKENS * inputs];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(255) - 127;
        }
        return tokens;
    }

    /** Nothing is rounded but sums, and the results to bfloat16: the stored numbers themselves are multiplied. */
    @ParameterizedTest
    @CsvSource({"16, 32", "64, 576", "5, 64", "1041, 96", "2100, 32"})
    void linear_stepsThatBfloat16Has_multipliesWhatIsStored(int outputs, int inputs) {
        Stored stored = stored(outputs, inputs, true);
        float[] tokens = tokens(inputs);
        float[] bias = new float[outputs];
        bias[outputs - 1] = 1e6f;

        float[] products = multiply(stored, tokens, Optional.of(bias));

        for (int token = 0; token < TOKENS; token++) {
            for (int output = 0; output < outputs; output++) {
                double sum = 0;
                double size = 0;
                for (int input = 0; input < inputs; input++) {
                    double product = (double) tokens[token * inputs + input] * stored.weight(output, input);
                    sum += product;
                    size += Math.abs(product);
                }
                double bound = BF16 * Math.abs(sum) + inputs * Math.scalb(size, -24) + Math.scalb(1.0, -20);
                assertWithin(
                        products[token * outputs + output],
                        sum + bias[output],
                        bound + bias[output] * 0x1p-24,
                        token,
                        output);
            }
        }
    }

    /** Otherwise steps and zeros are rounded to bfloat16, and nothing else: each weight moves by at most 2^-8 of its own two terms. */
    @ParameterizedTest
    @CsvSource({"64, 576", "48, 1536"})
    void linear_stepsOfFloat16_roundsStepsAndZerosAlone(int outputs, int inputs) {
        Stored stored = stored(outputs, inputs, false);
        float[] tokens = tokens(inputs);

        float[] products = multiply(stored, tokens, Optional.empty());

        for (int token = 0; token < TOKENS; token++) {
            for (int output = 0; output < outputs; output++) {
                double sum = 0;
                double moved = 0;
                double size = 0;
                for (int input = 0; input < inputs; input++) {
                    double x = tokens[token * inputs + input];
                    double step = stored.step(output, input);
                    double zero = stored.zero(output, input);
                    sum += x * (stored.above(output, input) * step + zero);
                    moved += BF16 * Math.abs(x) * (Math.abs(stored.above(output, input) * step) + Math.abs(zero));
                    size += Math.abs(x * stored.weight(output, input));
                }
                double bound = moved + BF16 * (Math.abs(sum) + moved) + inputs * Math.scalb(size, -24);
                assertWithin(products[token * outputs + output], sum, bound, token, output);
            }
        }
    }

    /** As where libtorch has no such product: here it refuses activations of another type than the steps. */
    @Test
    void require_noProductsInLibtorch_saysWhichPrecisionAndWhatLibtorchSays() {
        String product = "torch._weight_int4pack_mm_for_cpu(short,";
        assertThat(ScriptSource.text()).containsOnlyOnce(product);
        String text = ScriptSource.text().replace(product, "torch._weight_int4pack_mm_for_cpu(x,");

        try (TorchScript other = new TorchScript(manager, text);
                Packing without = new Packing(other)) {
            without.require(Precisions.INT8);
            assertThatThrownBy(() -> without.require(Precisions.INT4))
                    .isInstanceOf(PrecisionException.class)
                    .hasMessage(
                            "precision must be one that libtorch has products for on this processor, was int4, of which it says:"
                                    + " RuntimeError: expected scalar type Float but found BFloat16");
        }
    }

    private static void assertWithin(double product, double sum, double bound, int token, int output) {
        assertThat(product)
                .as("token %s, output %s, seed %s", token, output, SEED)
                .isBetween(sum - bound, sum + bound);
    }
}
