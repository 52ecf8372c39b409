package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.ComputeDevice;
import dev.sublinear.model.Execution;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.huggingface.HuggingFaceCheckpoint;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import dev.sublinear.model.reference.LlamaSizes;
import dev.sublinear.model.reference.RandomCheckpoint;
import dev.sublinear.model.text.ByteTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory while a checkpoint is loaded: what is packed already, and the numbers of one matrix. */
@Tag("model")
final class LoadingTest {
    @TempDir
    private Path directory;

    /** Looks, before a matrix is read, at how many others are alive in float32. */
    private record Watched(ModelSpec spec, Weights weights, NDManager manager, List<Long> alive) implements Weights {
        @Override
        public NDArray read(int layer, int expert, Weight... parts) {
            if (parts[0].shape(spec).dimension() == 2) {
                alive.add(manager.getManagedArrays().stream()
                        .filter(array -> array.getShape().dimension() == 2)
                        .count());
            }
            return weights.read(layer, expert, parts);
        }
    }

    private static Stream<Path> families() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.families())) {
            return directories.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    private static List<Long> aliveWhileLoading(Path checkpoint, Precision precision) {
        List<Long> alive = new ArrayList<>();
        try (HuggingFaceCheckpoint opened = HuggingFaceCheckpoint.open(checkpoint);
                CausalLm model = DecoderLm.open(
                        opened.spec(),
                        new Execution(precision, ComputeDevice.CPU, 1),
                        ScriptSource.text(),
                        manager -> new Watched(opened.spec(), new WeightReader(opened, manager), manager, alive),
                        LoadListener.NONE,
                        () -> {},
                        threads -> List.of())) {
            assertThat(model.liveTensors()).as("of %s, once loaded", checkpoint).isZero();
        }
        return alive;
    }

    @Test
    void load_anyFamilyAndPrecision_readsOneMatrixAfterTheOther() throws IOException {
        List<Path> checkpoints = new ArrayList<>(families().toList());
        LlamaSizes untied = new LlamaSizes(ByteTokenizer.VOCABULARY, 32, 2, 4, 2, 8, 48, 8192, 10_000, 1e-5, false);
        checkpoints.add(RandomCheckpoint.seeded(1).withSizes(untied).write(directory));
        for (Path checkpoint : checkpoints) {
            for (Precision precision : Precisions.all()) {
                assertThat(aliveWhileLoading(checkpoint, precision))
                        .as("matrices alive when the next of %s is read, in %s", checkpoint, precision)
                        .isNotEmpty()
                        .containsOnly(0L);
            }
        }
    }
}
