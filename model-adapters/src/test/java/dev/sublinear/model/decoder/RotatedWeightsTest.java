package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.Step;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RotatedWeightsTest {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());

    static Stream<Path> families() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.families())) {
            return directories.filter(Files::isDirectory).filter(RotatedWeightsTest::fits).sorted().toList().stream();
        }
    }

    private static boolean fits(Path family) {
        try (Checkpoint checkpoint = HuggingFaceCheckpoint.open(family)) {
            return RotatedWeights.fit(checkpoint.spec().architecture());
        }
    }

    /** In float32 nothing but the order of sums is another: the model is the same, whatever its biases, experts and norms. */
    @Tag("model")
    @ParameterizedTest
    @MethodSource("families")
    void read_aFamilyThatFits_isTheSameModel(Path family) {
        float[][] plain = logits(family, false);
        float[][] rotated = logits(family, true);
        for (int row = 0; row < plain.length; row++) {
            for (int id = 0; id < plain[row].length; id++) {
                assertThat((double) rotated[row][id])
                        .as("%s: logit of %s at position %s", family.getFileName(), id, row)
                        .isCloseTo(plain[row][id], within(1e-4 * LogitRow.greatestMagnitude(plain[row])));
            }
        }
    }

    @Tag("model")
    @Test
    void fit_theFamilies_leavesOutThoseThatDoMoreToTheHiddenState() throws IOException {
        assertThat(families().map(family -> family.getFileName().toString()))
                .contains("smollm", "mistral", "qwen-2", "qwen-3", "phi-3", "gemma", "mixtral", "qwen-2-moe")
                .doesNotContain("gemma-2", "gemma-3", "gpt-2", "gpt-neox", "pythia-serial", "olmo-2");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 576, 896, 960})
    void rotate_aRowThatOneNumberRules_spreadsItAndKeepsItsLength(int width) {
        try (NDManager manager = NDManager.newBaseManager()) {
            HiddenRotation rotation = new HiddenRotation(width);
            float[] numbers = new float[width];
            numbers[width / 3] = 100;
            NDArray row = manager.create(numbers, new Shape(1, width));
            rotation.rotateRows(row);

            double most = 0;
            double squares = 0;
            for (float number : row.toFloatArray()) {
                most = Math.max(most, Math.abs(number));
                squares += (double) number * number;
            }
            assertThat(Math.sqrt(squares)).isCloseTo(100, within(1e-3));
            assertThat(most).isLessThanOrEqualTo(100 * 2 / Math.sqrt(width) + 1e-3);
        }
    }

    /** What one writes the other reads: (x·R)·(transposed R·M) = x·M. */
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 576})
    void rotate_whatIsWrittenAndRead_isWhatItWas(int width) {
        try (NDManager manager = NDManager.newBaseManager()) {
            HiddenRotation rotation = new HiddenRotation(width);
            NDArray rows = normal(manager, new Shape(2000, width));
            NDArray columns = normal(manager, new Shape(width, 5));
            float[] expected = rows.matMul(columns).toFloatArray();
            rotation.rotateRows(rows);
            rotation.rotateColumns(columns);

            float[] found = rows.matMul(columns).toFloatArray();
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-3f));
            }
        }
    }

    private static NDArray normal(NDManager manager, Shape shape) {
        Random random = new Random(shape.size());
        float[] numbers = new float[(int) shape.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return manager.create(numbers, shape);
    }

    private static float[][] logits(Path family, boolean rotated) {
        try (Checkpoint checkpoint = HuggingFaceCheckpoint.open(family);
                DecoderLm model = DecoderLm.open(
                        checkpoint.spec(),
                        Execution.exact(1),
                        ScriptSource.text(),
                        manager -> {
                            Weights stored = new WeightReader(checkpoint, manager);
                            return rotated ? new RotatedWeights(stored, checkpoint.spec()) : stored;
                        },
                        LoadListener.NONE,
                        () -> {},
                        threads -> List.of());
                KvCache cache = model.newCache(
                        UNCUT, new KvMemory(1L << 30).reserve(1L << 30).orElseThrow(), KvCacheListener.NONE)) {
            int vocabulary = checkpoint.spec().vocabSize();
            int[] tokens = IntStream.range(0, 24).map(i -> i * 37 % vocabulary).toArray();
            return model.forward(Step.of(new Step.Slice(cache, tokens, tokens.length)));
        }
    }
}
