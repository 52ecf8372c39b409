package dev.sublinear.model.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sublinear.testing.Seed;
import java.io.File;
import java.net.URI;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Blocks of rows and the kernel against attention as one would write it, in float64. */
final class DecodeAttentionTest {
    private static final int[] SIZES = {32, 64, 96, 128, 256};
    private static final int[] EDGES = {1, 2, 3, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1023, 1024, 1025, 1999};

    private final Random random = new Random(Seed.or(1));
    private final HeadAttention asked = new HeadAttention();
    private DecodeAttention attention;

    @BeforeEach
    void resolve() {
        assumeTrue(Vectors.PAY, "no wide vectors in Java on this machine");
        attention = DecodeAttention.open();
    }

    /** One head of keys and values in the middle of a buffer of which all else is NaN. */
    private final class Head {
        final int group;
        final int size;
        final int rows;
        final int first = 64;
        final float[] query;
        final FloatBuffer keys;
        final FloatBuffer values;

        Head(int group, int size, int rows) {
            this.group = group;
            this.size = size;
            this.rows = rows;
            this.query = AttentionBits.numbers(random, group * size, 1);
            this.keys = poisoned(2f);
            this.values = poisoned(1f);
        }

        private FloatBuffer poisoned(float spread) {
            int all = (first + rows + 64) * size;
            float[] numbers = new float[all];
            Arrays.fill(numbers, Float.NaN);
            System.arraycopy(AttentionBits.numbers(random, rows * size, spread), 0, numbers, first * size, rows * size);
            return AttentionBits.buffer(numbers);
        }

        float[] attend() {
            return attend(DoubleBuffer.allocate(0));
        }

        float[] attend(DoubleBuffer tokenState) {
            float[] out = new float[group * size];
            asked.ask(query, 0.125f, group, size, out, 0);
            asked.of(keys, values, tokenState, first, rows);
            for (int block = 0; block < asked.blocks(); block++) {
                asked.attend(block, attention);
            }
            return out;
        }

        double[][] weights() {
            double[][] weights = new double[group][rows];
            for (int g = 0; g < group; g++) {
                double sum = 0;
                for (int r = 0; r < rows; r++) {
                    double score = 0;
                    for (int i = 0; i < size; i++) {
                        score += 0.125 * query[g * size + i] * keys.get((first + r) * size + i);
                    }
                    weights[g][r] = Math.exp(score);
                    sum += weights[g][r];
                }
                for (int r = 0; r < rows; r++) {
                    weights[g][r] /= sum;
                }
            }
            return weights;
        }

        double[] expected() {
            double[][] weights = weights();
            double[] out = new double[group * size];
            for (int g = 0; g < group; g++) {
                for (int i = 0; i < size; i++) {
                    for (int r = 0; r < rows; r++) {
                        out[g * size + i] += weights[g][r] * values.get((first + r) * size + i);
                    }
                }
            }
            return out;
        }
    }

    @Test
    void attend_anyShape_findsWhatAttentionIsAndReadsNothingElse() {
        for (int size : SIZES) {
            if (!attention.takes(size)) {
                continue;
            }
            for (int group = 1; group <= 8; group++) {
                int rows = EDGES[random.nextInt(EDGES.length)];
                Head head = new Head(group, size, rows);
                float[] found = head.attend();
                double[] expected = head.expected();
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) found[i])
                            .as("group %s, size %s, rows %s, number %s", group, size, rows, i)
                            .isCloseTo(expected[i], within(tolerance(size)));
                }
            }
        }
    }

    /** A score of more numbers is larger, and rounded more often on its way: what float32 leaves of it grows with both. */
    private static double tolerance(int size) {
        return 3e-6 * Math.max(1, size / 64.);
    }

    @Test
    void attend_atEdgesOfTiles_findsWhatAttentionIs() {
        for (int rows : EDGES) {
            Head head = new Head(3, 64, rows);
            float[] found = head.attend();
            double[] expected = head.expected();
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) found[i])
                        .as("rows %s, number %s", rows, i)
                        .isCloseTo(expected[i], within(tolerance(64)));
            }
        }
    }

    @Test
    void attend_afterOtherHeads_hasTheSameBits() {
        Head head = new Head(3, 64, 300);
        float[] alone = head.attend();
        new Head(8, 128, 1999).attend();
        new Head(1, 32, 1).attend();
        assertThat(head.attend()).containsExactly(alone);
    }

    @Test
    void attend_withBlocksInAnotherOrderByAnotherKernel_hasTheSameBits() {
        Head head = new Head(3, 64, 1999);
        float[] inOrder = head.attend();
        float[] out = new float[inOrder.length];
        asked.ask(head.query, 0.125f, head.group, head.size, out, 0);
        asked.of(head.keys, head.values, DoubleBuffer.allocate(0), head.first, head.rows);
        DecodeAttention other = DecodeAttention.open();
        for (int block = asked.blocks() - 1; block >= 0; block--) {
            asked.attend(block, block % 2 == 0 ? other : attention);
        }
        assertThat(out).containsExactly(inOrder);
    }

    @Test
    void attend_withImportance_addsTheMeanOfTheWeights() {
        Head head = new Head(4, 64, 1130);
        DoubleBuffer tokenState = DoubleBuffer.allocate(head.first + head.rows);
        for (int i = 0; i < tokenState.capacity(); i++) {
            tokenState.put(i, i);
        }
        head.attend(tokenState);
        double[][] weights = head.weights();
        for (int r = 0; r < head.rows; r++) {
            int row = r;
            double mean =
                    Arrays.stream(weights).mapToDouble(of -> of[row]).average().orElseThrow();
            assertThat(tokenState.get(head.first + r) - (head.first + r))
                    .as("row %s", r)
                    .isCloseTo(mean, within(1e-6));
        }
        for (int i = 0; i < head.first; i++) {
            assertThat(tokenState.get(i)).isEqualTo(i);
        }
    }

    @Test
    void attend_toAKeyThatIsNoNumber_saysSo() {
        Head head = new Head(3, 64, 100);
        head.keys.put((head.first + 50) * head.size + 3, Float.NaN);
        assertThat(head.attend()).containsOnly(Float.NaN);
        assertThat(new Head(3, 64, 100).attend()).doesNotContain(Float.NaN);
    }

    @Test
    void attend_overScoresFarApart_staysFinite() {
        Head head = new Head(3, 64, 100);
        for (int i = 0; i < head.size; i++) {
            head.keys.put((head.first + 7) * head.size + i, 1000 * Math.signum(head.query[i]));
        }
        double[] expected = head.expected();
        assertThat(Double.isNaN(expected[0])).isTrue(); // the twin overflows here
        assertThat(head.attend()[5]).isCloseTo(head.values.get((head.first + 7) * head.size + 5), within(1e-6f));
    }

    @Test
    void attend_interpreted_hasTheBitsOfCompiled() throws Exception {
        String classes = Stream.of(DecodeAttention.class, AttentionBits.class)
                .map(type -> Path.of(URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString())))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        Process interpreting = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xint",
                        "--add-modules",
                        "jdk.incubator.vector",
                        "-cp",
                        classes,
                        AttentionBits.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String said = new String(interpreting.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(interpreting.waitFor()).isZero();
        assertThat(said).isEqualTo(String.valueOf(AttentionBits.of(attention)));
    }
}
