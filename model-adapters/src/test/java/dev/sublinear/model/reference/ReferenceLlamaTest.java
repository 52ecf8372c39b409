package dev.sublinear.model.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.model.decoder.Goldens;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The reference against Hugging Face transformers. */
final class ReferenceLlamaTest {
    /** Of the greatest logit of a row; transformers' own float32 noise is about a tenth of it. */
    private static final double TOLERANCE = 2e-5;

    /** A gap between two logits above which float32 does not reverse them. */
    private static final double NOISE = 2e-4;

    /* The reference reads some hundred tokens a second of a model of 15 million parameters: prefixes that take seconds. */
    static Stream<Arguments> goldensAndPrefix() {
        return Stream.of(
                Arguments.of(Goldens.tinyLlamaMha(), 512),
                Arguments.of(Goldens.tinyLlamaGqa(), 512),
                Arguments.of(Goldens.fixture(), 300));
    }

    static Stream<Arguments> goldensAndRuns() {
        return Stream.of(
                Arguments.of(Goldens.tinyLlamaMha(), 3),
                Arguments.of(Goldens.tinyLlamaGqa(), 3),
                Arguments.of(Goldens.fixture(), 1));
    }

    static Stream<Goldens> goldens() {
        return Stream.of(Goldens.tinyLlamaMha(), Goldens.tinyLlamaGqa(), Goldens.fixture());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void goldens_theirCheckpoint_isTheOneAtHand(Goldens goldens) throws IOException, NoSuchAlgorithmException {
        for (Path file : PlainSafetensors.files(goldens.checkpoint())) {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            assertThat(HexFormat.of().formatHex(hash))
                    .as("%s; if it was replaced, run model-adapters/src/test/python/make_goldens.py %s", file, goldens)
                    .isEqualTo(goldens.description()
                            .required("sha256")
                            .path(file.getFileName().toString())
                            .textValue());
        }
    }

    @ParameterizedTest
    @MethodSource("goldensAndPrefix")
    void logits_prompt_agreeWithTransformers(Goldens goldens, int prefix) {
        double[][] logits = ReferenceLlama.read(goldens.checkpoint()).logits(Arrays.copyOf(goldens.prompt(), prefix));

        double worst = 0;
        int[] positions = goldens.positions();
        for (int row = 0; row < positions.length && positions[row] < prefix; row++) {
            worst = Math.max(worst, relativeDifference(logits[positions[row]], goldens.logits()[row]));
        }
        System.out.printf("%s: relative difference from transformers %.2g%n", goldens, worst);
        assertThat(worst).isLessThan(TOLERANCE);

        for (int position = 0; position < prefix; position++) {
            double[] row = logits[position];
            double scale = Arrays.stream(row).map(Math::abs).max().orElseThrow();
            assertThat(logSumExp(row))
                    .as("log of the sum at %d", position)
                    .isCloseTo(goldens.logSumExp()[position], within(TOLERANCE * scale));
            assertThat(row[goldens.targets()[position]])
                    .as("logit of the target at %d", position)
                    .isCloseTo(goldens.targetLogits()[position], within(TOLERANCE * scale));
            if (goldens.gaps()[position] > NOISE) {
                assertThat(argmax(row)).as("best id at %d", position).isEqualTo(goldens.argmax()[position]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goldensAndRuns")
    void append_greedily_choosesAsTransformers(Goldens goldens, int runs) {
        ReferenceLlama model = ReferenceLlama.read(goldens.checkpoint());
        for (Goldens.Greedy greedy : goldens.greedy().subList(0, runs)) {
            ReferenceSequence sequence = model.start(ReferencePolicy.unlimited());
            double[][] prefill = sequence.appendAll(greedy.prompt());
            double[] logits = prefill[prefill.length - 1];
            for (int step = 0; step < greedy.ids().length; step++) {
                int golden = greedy.ids()[step];
                if (greedy.gaps()[step] > NOISE) {
                    assertThat(argmax(logits)).as("step %d", step).isEqualTo(golden);
                }
                logits = sequence.append(golden);
            }
        }
    }

    private static double relativeDifference(double[] actual, float[] golden) {
        double difference = 0;
        double scale = 0;
        for (int i = 0; i < actual.length; i++) {
            difference = Math.max(difference, Math.abs(actual[i] - golden[i]));
            scale = Math.max(scale, Math.abs(golden[i]));
        }
        return difference / scale;
    }

    private static double logSumExp(double[] row) {
        double greatest = Arrays.stream(row).max().orElseThrow();
        return greatest
                + Math.log(Arrays.stream(row).map(x -> Math.exp(x - greatest)).sum());
    }

    private static int argmax(double[] row) {
        int best = 0;
        for (int i = 1; i < row.length; i++) {
            if (row[i] > row[best]) {
                best = i;
            }
        }
        return best;
    }
}
