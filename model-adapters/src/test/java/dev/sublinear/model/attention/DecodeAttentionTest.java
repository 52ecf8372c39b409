package dev.sublinear.model.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.ndarray.types.DataType;
import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvRows;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.testing.Seed;
import java.io.File;
import java.net.URI;
import java.nio.DoubleBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

    /** One head of keys and values in the middle of a memory of which all else is NaN. */
    private final class Head {
        final int group;
        final int size;
        final int count;
        final int first = 64;
        final float[] query;
        final KvRows rows;

        Head(KvStorage storage, int group, int size, int count) {
            this.group = group;
            this.size = size;
            this.count = count;
            this.query = AttentionBits.numbers(random, group * size, 1);
            this.rows = AttentionBits.rows(
                    storage,
                    size,
                    first,
                    AttentionBits.numbers(random, count * size, 2),
                    AttentionBits.numbers(random, count * size, 1));
        }

        /** The number that the memory holds of a key. */
        double key(int row, int i) {
            if (rows instanceof Int8Rows whole) {
                int at = (first + row) / 64 * 64 * size + i * 64 + (first + row) % 64;
                return whole.keys().get(at) * (double) whole.keyScales().get(first + row);
            }
            return ((Float32Rows) rows).keys().get((first + row) * size + i);
        }

        double value(int row, int i) {
            if (rows instanceof Int8Rows whole) {
                return whole.values().get((first + row) * size + i)
                        * (double) whole.valueScales().get(first + row);
            }
            return ((Float32Rows) rows).values().get((first + row) * size + i);
        }

        void put(int row, float[] key, float[] value) {
            float[] both = Arrays.copyOf(key, 2 * size);
            System.arraycopy(value, 0, both, size, size);
            rows.put(first + row, both, 0, size);
        }

        float[] attend() {
            return attend(DoubleBuffer.allocate(0));
        }

        float[] attend(DoubleBuffer tokenState) {
            float[] out = new float[group * size];
            asked.ask(query, 0.125f, group, size, out, 0);
            asked.of(rows, tokenState, first, count);
            for (int block = 0; block < asked.blocks(); block++) {
                asked.attend(block, attention);
            }
            return out;
        }

        double[][] weights() {
            double[][] weights = new double[group][count];
            for (int g = 0; g < group; g++) {
                double sum = 0;
                for (int r = 0; r < count; r++) {
                    double score = 0;
                    for (int i = 0; i < size; i++) {
                        score += 0.125 * query[g * size + i] * key(r, i);
                    }
                    weights[g][r] = Math.exp(score);
                    sum += weights[g][r];
                }
                for (int r = 0; r < count; r++) {
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
                    for (int r = 0; r < count; r++) {
                        out[g * size + i] += weights[g][r] * value(r, i);
                    }
                }
            }
            return out;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_anyShape_findsWhatAttentionIsAndReadsNothingElse(KvStorage storage) {
        for (int size : SIZES) {
            if (!attention.takes(size)) {
                continue;
            }
            for (int group = 1; group <= 8; group++) {
                int rows = EDGES[random.nextInt(EDGES.length)];
                Head head = new Head(storage, group, size, rows);
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

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_atEdgesOfTiles_findsWhatAttentionIs(KvStorage storage) {
        for (int rows : EDGES) {
            Head head = new Head(storage, 3, 64, rows);
            float[] found = head.attend();
            double[] expected = head.expected();
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) found[i])
                        .as("rows %s, number %s", rows, i)
                        .isCloseTo(expected[i], within(tolerance(64)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_afterOtherHeads_hasTheSameBits(KvStorage storage) {
        Head head = new Head(storage, 3, 64, 300);
        float[] alone = head.attend();
        new Head(storage, 8, 128, 1999).attend();
        new Head(storage, 1, 32, 1).attend();
        assertThat(head.attend()).containsExactly(alone);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_withBlocksInAnotherOrderByAnotherKernel_hasTheSameBits(KvStorage storage) {
        Head head = new Head(storage, 3, 64, 1999);
        float[] inOrder = head.attend();
        float[] out = new float[inOrder.length];
        asked.ask(head.query, 0.125f, head.group, head.size, out, 0);
        asked.of(head.rows, DoubleBuffer.allocate(0), head.first, head.count);
        DecodeAttention other = DecodeAttention.open();
        for (int block = asked.blocks() - 1; block >= 0; block--) {
            asked.attend(block, block % 2 == 0 ? other : attention);
        }
        assertThat(out).containsExactly(inOrder);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_withImportance_addsTheMeanOfTheWeights(KvStorage storage) {
        Head head = new Head(storage, 4, 64, 1130);
        DoubleBuffer tokenState = DoubleBuffer.allocate(head.first + head.count);
        for (int i = 0; i < tokenState.capacity(); i++) {
            tokenState.put(i, i);
        }
        head.attend(tokenState);
        double[][] weights = head.weights();
        for (int r = 0; r < head.count; r++) {
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

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_toAKeyThatIsNoNumber_saysSo(KvStorage storage) {
        Head head = new Head(storage, 3, 64, 100);
        float[] key = new float[head.size];
        key[3] = Float.NaN;
        head.put(50, key, new float[head.size]);
        assertThat(head.attend()).containsOnly(Float.NaN);
        assertThat(new Head(storage, 3, 64, 100).attend()).doesNotContain(Float.NaN);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT32", "INT8"})
    void attend_overScoresFarApart_staysFinite(KvStorage storage) {
        Head head = new Head(storage, 3, 64, 100);
        float[] key = new float[head.size];
        for (int i = 0; i < head.size; i++) {
            key[i] = 1000 * Math.signum(head.query[i]);
        }
        head.put(7, key, AttentionBits.numbers(random, head.size, 1));
        double[] expected = head.expected();
        assertThat(Double.isNaN(expected[0])).isTrue(); // the twin overflows here
        assertThat(head.attend()[5]).isCloseTo((float) head.value(7, 5), within(1e-6f));
    }

    @Test
    void attend_interpreted_hasTheBitsOfCompiled() throws Exception {
        String classes = Stream.of(DecodeAttention.class, AttentionBits.class, KvRows.class, DataType.class)
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
