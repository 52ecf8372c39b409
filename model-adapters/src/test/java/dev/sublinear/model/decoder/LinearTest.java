package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDManager;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.testing.Seed;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of packed matrices, against sums in float64. */
@Tag("model")
class LinearTest {
    private static final long SEED = Seed.or(20261124);
    private static final int INPUTS = 192;
    private static final int OUTPUTS = 96;
    private static final int TOKENS = 33;
    private static final int GROUP = 32;

    /** Half a unit in the last place, relative: what rounding to float32 or bfloat16 may change. */
    private static final double F32 = Math.scalb(1.0, -24);

    private static final double BF16 = Math.scalb(1.0, -9);
    private static final double F16 = Math.scalb(1.0, -11);
    private static final double SMALLEST_F16 = Math.scalb(1.0, -24);

    private static PtNDManager manager;
    private static TorchScript script;
    private static Packing packing;

    private final Random random = new Random(SEED);
    private final float[] matrix = draw(OUTPUTS * INPUTS, 0.05f);
    private final float[] tokens = draw(TOKENS * INPUTS, 1);

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

    private float[] draw(int count, float deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() * deviation;
        }
        return values;
    }

    static Stream<Arguments> ways() {
        return Precisions.all().stream()
                .flatMap(precision ->
                        Arrays.stream(Rounding.values()).map(rounding -> Arguments.of(precision, rounding)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void linear_anyPrecision_isWithinItsRounding(Precision precision, Rounding rounding) {
        assertProducts(
                multiply(tokens, precision, rounding),
                (x, w, token, output, input) -> {
                    double roundingOfX = roundingOfInput(precision, rounding, x, token);
                    double roundingOfW = roundingOfWeight(precision, w, output, input);
                    return roundingOfX * Math.abs(w) + roundingOfW * Math.abs(x) + roundingOfX * roundingOfW;
                },
                roundingOfResult(precision));
    }

    /** What rounding x of a token and w of an output may change of their product. */
    private interface Rounded {
        double most(double x, double w, int token, int output, int input);
    }

    private void assertProducts(float[] products, Rounded rounded, double roundingOfResult) {
        for (int token = 0; token < TOKENS; token++) {
            for (int output = 0; output < OUTPUTS; output++) {
                double sum = 0;
                double bound = 0;
                for (int i = 0; i < INPUTS; i++) {
                    double x = tokens[token * INPUTS + i];
                    double w = matrix[output * INPUTS + i];
                    sum += x * w;
                    bound += rounded.most(x, w, token, output, i) + INPUTS * F32 * Math.abs(x * w);
                }
                bound += roundingOfResult * (Math.abs(sum) + bound);
                assertThat((double) products[token * OUTPUTS + output])
                        .as("token %s, output %s, seed %s", token, output, SEED)
                        .isBetween(sum - bound, sum + bound);
            }
        }
    }

    private double roundingOfInput(Precision precision, Rounding rounding, double x, int token) {
        return switch (precision.key()) {
            case "f32" -> 0;
            case "bf16", "int8", "int4" -> BF16 * Math.abs(x);
            // To 63 steps on either side without VNNI, and half a step to 63 on either side.
            case "int8-dynamic" -> peak(tokens, token) / 63 / 2 * (rounding == Rounding.ONCE ? 1 : 1.0 / 126) * 1.001;
            default -> throw new IllegalArgumentException("no bound for " + precision);
        };
    }

    private double roundingOfWeight(Precision precision, double w, int output, int input) {
        return switch (precision.key()) {
            case "f32" -> 0;
            case "bf16" -> BF16 * Math.abs(w);
            case "int8", "int8-dynamic" -> peak(matrix, output) / 127 / 2 * 1.001;
            case "int4" -> roundingOfGroup(output * INPUTS + input / GROUP * GROUP);
            default -> throw new IllegalArgumentException("no bound for " + precision);
        };
    }

    /** Bfloat16 products are rounded to it, and those of int8 weights have a scale of it. */
    private static double roundingOfResult(Precision precision) {
        return switch (precision.key()) {
            case "f32", "int8-dynamic" -> 4 * F32;
            case "bf16" -> BF16;
            case "int4" -> 2 * BF16;
            case "int8" -> 2.01 * BF16;
            default -> throw new IllegalArgumentException("no bound for " + precision);
        };
    }

    /** Half a step of 15, and at the ends what rounding the step and the zero moves them by. */
    private double roundingOfGroup(int from) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (float value : Arrays.copyOfRange(matrix, from, from + GROUP)) {
            least = Math.min(least, value);
            most = Math.max(most, value);
        }
        double zero = least + 8 * (most - least) / 15;
        return (most - least) / 15 / 2 * 1.002 + 2 * BF16 * (most - least + Math.abs(zero));
    }

    private static double peak(float[] rows, int row) {
        double peak = 0;
        for (float value : Arrays.copyOfRange(rows, row * INPUTS, (row + 1) * INPUTS)) {
            peak = Math.max(peak, Math.abs(value));
        }
        return peak;
    }

    /** Neighbours a thousand times as large, zero or not a number change no bit of a token. */
    @ParameterizedTest
    @MethodSource("ways")
    void linear_besideAnyNeighbours_givesATokenTheSameBits(Precision precision, Rounding rounding) {
        float[] expected = multiply(tokens, precision, rounding);
        for (float neighbour : new float[] {1000, 0, Float.NaN, Float.POSITIVE_INFINITY}) {
            float[] others = tokens.clone();
            for (int i = 0; i < others.length; i++) {
                others[i] = i / INPUTS % 2 == 0 ? tokens[i] : tokens[i] * neighbour;
            }
            float[] products = multiply(others, precision, rounding);
            for (int token = 0; token < TOKENS; token += 2) {
                assertThat(row(products, token))
                        .as("token %s, neighbours times %s, seed %s", token, neighbour, SEED)
                        .isEqualTo(row(expected, token));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void linear_tokenThatIsNotANumber_staysSo(Precision precision, Rounding rounding) {
        float[] broken = tokens.clone();
        broken[5] = Float.NaN;

        assertThat(row(multiply(broken, precision, rounding), 0)).containsOnly(Float.NaN);
    }

    /** As where oneDNN gives more rows other bits: here they have the same, whole or in parts. */
    @Test
    void linear_moreRowsThanAreAlike_areMultipliedInParts() {
        String unbounded = "most = unbounded";
        assertThat(ScriptSource.text()).containsOnlyOnce(unbounded);
        float[] many = draw(150 * INPUTS, 1);

        try (TorchScript other = new TorchScript(manager, ScriptSource.text().replace(unbounded, "most = 64"));
                Packing parts = new Packing(other)) {
            assertThat(multiply(parts, many, Precisions.F32, Rounding.ONCE))
                    .isEqualTo(multiply(packing, many, Precisions.F32, Rounding.ONCE));
        }
    }

    @Test
    void linear_withoutBfloat16_roundsWeightsAloneAndToFloat16() {
        try (TorchScript other = withoutBfloat16();
                Packing without = new Packing(other)) {
            assertProducts(
                    multiply(without, tokens, Precisions.BF16, Rounding.ONCE),
                    (x, w, token, output, input) -> Math.abs(x) * (Math.abs(w) * F16 + SMALLEST_F16 / 2),
                    0);
        }
    }

    @Test
    void linear_weightBeyondFloat16_isNotCutOff() {
        matrix[0] = 1 << 17;
        tokens[0] = 1;

        try (TorchScript other = withoutBfloat16();
                Packing without = new Packing(other)) {
            assertThat(multiply(without, tokens, Precisions.BF16, Rounding.ONCE)[0])
                    .isBetween(130_000f, 132_000f);
        }
    }

    /** As on a processor without bfloat16, also where there is one. */
    private static TorchScript withoutBfloat16() {
        String supported = "\"bf16\" and ops.mkldnn._is_mkldnn_bf16_supported()";
        assertThat(ScriptSource.text()).containsOnlyOnce(supported);
        return new TorchScript(manager, ScriptSource.text().replace(supported, "\"bf16\" and False"));
    }

    /** Where the test at the start says so: nowhere that was tried it says otherwise. */
    @ParameterizedTest
    @MethodSource("ways")
    void linear_anyNumberOfTokens_givesEachTheSameBits(Precision precision, Rounding rounding) {
        try (NDArray weights = manager.create(matrix, new Shape(OUTPUTS, INPUTS));
                NDArray inputs = manager.create(tokens, new Shape(TOKENS, INPUTS));
                Packed packed = packing.pack(weights, Optional.empty(), precision, rounding)) {
            assumeThat(packing.invariance(packed, inputs)).isEqualTo(Invariance.BITWISE);
        }
        float[] products = multiply(tokens, precision, rounding);
        for (int count = 1; count < TOKENS; count++) {
            assertThat(multiply(Arrays.copyOf(tokens, count * INPUTS), precision, rounding))
                    .as("%s tokens alone, seed %s", count, SEED)
                    .isEqualTo(Arrays.copyOf(products, count * OUTPUTS));
        }
    }

    private static float[] row(float[] products, int token) {
        return Arrays.copyOfRange(products, token * OUTPUTS, (token + 1) * OUTPUTS);
    }

    private float[] multiply(float[] x, Precision precision, Rounding rounding) {
        return multiply(packing, x, precision, rounding);
    }

    private float[] multiply(Packing by, float[] x, Precision precision, Rounding rounding) {
        try (NDArray weights = manager.create(matrix, new Shape(OUTPUTS, INPUTS));
                NDArray inputs = manager.create(x, new Shape(x.length / INPUTS, INPUTS));
                Packed packed = by.pack(weights, Optional.empty(), precision, rounding);
                NDArray products = by.linear(inputs, packed)) {
            return products.toFloatArray();
        }
    }
}
