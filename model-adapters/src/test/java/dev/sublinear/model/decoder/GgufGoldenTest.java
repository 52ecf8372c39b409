package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.Execution;
import dev.sublinear.model.gguf.GgufCheckpoint;
import dev.sublinear.model.reference.PlainSafetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The families as GGUF files compute what transformers computes of the directories that they were made from. */
@Tag("model")
class GgufGoldenTest {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());
    private static final Path DIRECTORY = Goldens.families().resolveSibling("gguf");

    /** Of the greatest logit of the row. */
    private static final double TOLERANCE = 1e-4;

    static Stream<Path> families() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.families())) {
            return directories.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void forward_familyAsGguf_agreesWithTransformers(Path family) {
        assertAgrees(DIRECTORY.resolve(family.getFileName() + ".gguf"), family.resolve("golden.safetensors"));
    }

    /** Every kind of block is a matrix of this one. */
    @Test
    void forward_quantisedLlama_agreesWithTransformersOnWhatItsBlocksHold() {
        assertAgrees(DIRECTORY.resolve("llama-quantised.gguf"), DIRECTORY.resolve("llama-quantised.safetensors"));
    }

    private static void assertAgrees(Path file, Path goldens) {
        Map<String, float[]> golden = PlainSafetensors.read(goldens);
        int[] prompt = ids(golden, "ids");
        try (LoadedModel model = new LoadedModel(GgufCheckpoint.open(file), Execution.exact(1), ScriptSource.text());
                KvCache cache = model.newCache(UNCUT, prompt.length)) {
            float[][] logits = model.feed(cache, prompt, 100);

            int[] positions = ids(golden, "positions");
            float[] rows = array(golden, "logits");
            int width = rows.length / positions.length;
            for (int i = 0; i < positions.length; i++) {
                float[] row = logits[positions[i]];
                double scale = LogitRow.greatestMagnitude(row);
                for (int id = 0; id < width; id++) {
                    assertThat((double) row[id])
                            .as("%s: logit of %s at position %s", file.getFileName(), id, positions[i])
                            .isCloseTo(rows[i * width + id], within(TOLERANCE * scale));
                }
            }
            for (int position = 0; position < prompt.length; position++) {
                assertThat(LogitRow.logSumExp(logits[position]))
                        .as("%s: logsumexp at position %s", file.getFileName(), position)
                        .isCloseTo(
                                array(golden, "logsumexp")[position],
                                within(TOLERANCE * LogitRow.greatestMagnitude(logits[position])));
            }
        }
    }

    private static int[] ids(Map<String, float[]> golden, String name) {
        float[] values = array(golden, name);
        int[] ids = new int[values.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = (int) values[i];
        }
        return ids;
    }

    private static float[] array(Map<String, float[]> golden, String name) {
        return Objects.requireNonNull(golden.get(name), name);
    }
}
