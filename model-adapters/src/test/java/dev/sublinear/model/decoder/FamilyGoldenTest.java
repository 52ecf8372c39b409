package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.HeavyHitterScorer;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.reference.PlainSafetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family computes what transformers computes, and can be pruned. */
@Tag("model")
class FamilyGoldenTest {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());
    private static final EvictionPolicy PRUNED = EvictionPolicy.of(new Fixed(48), new HeavyHitterScorer());

    /** Of the greatest logit of the row. */
    private static final double TOLERANCE = 1e-4;

    static Stream<Path> families() throws IOException {
        try (Stream<Path> directories = Files.list(Goldens.families())) {
            return directories.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void forward_family_agreesWithTransformers(Path family) {
        Map<String, float[]> golden = PlainSafetensors.read(family.resolve("golden.safetensors"));
        int[] prompt = ids(golden, "ids");
        try (LoadedModel model = new LoadedModel(family);
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
                            .as("%s: logit of %s at position %s", family.getFileName(), id, positions[i])
                            .isCloseTo(rows[i * width + id], within(TOLERANCE * scale));
                }
            }
            for (int position = 0; position < prompt.length; position++) {
                assertThat(LogitRow.logSumExp(logits[position]))
                        .as("%s: logsumexp at position %s", family.getFileName(), position)
                        .isCloseTo(
                                array(golden, "logsumexp")[position],
                                within(TOLERANCE * LogitRow.greatestMagnitude(logits[position])));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("families")
    void forward_64GreedyTokens_areThoseOfTransformers(Path family) {
        Map<String, float[]> golden = PlainSafetensors.read(family.resolve("golden.safetensors"));
        try (LoadedModel model = new LoadedModel(family)) {
            int tensors = model.causalLm().liveTensors();
            for (int run = 0; run < 2; run++) {
                int[] prompt = ids(golden, "greedy." + run + ".prompt");
                int[] ids = ids(golden, "greedy." + run + ".ids");
                try (KvCache cache = model.newCache(UNCUT, prompt.length + ids.length)) {
                    float[][] read = model.feed(cache, prompt, 256);
                    float[] logits = read[read.length - 1];
                    for (int i = 0; i < ids.length; i++) {
                        assertThat(LogitRow.argmax(logits))
                                .as("%s: token %s of run %s", family.getFileName(), i, run)
                                .isEqualTo(ids[i]);
                        assertThat(LogitRow.logSumExp(logits))
                                .isCloseTo(
                                        array(golden, "greedy." + run + ".logsumexp")[i],
                                        within(TOLERANCE * LogitRow.greatestMagnitude(logits)));
                        logits = model.feed(cache, new int[] {ids[i]}, 256)[0];
                    }
                }
            }
            assertThat(model.causalLm().liveTensors()).isEqualTo(tensors);
        }
    }

    /** Also: the same whatever the chunks, as the rule of the cache is for Llama. */
    @ParameterizedTest
    @MethodSource("families")
    void forward_pruned_keepsItsBudgetWhateverTheChunks(Path family) {
        int[] prompt = ids(PlainSafetensors.read(family.resolve("golden.safetensors")), "ids");
        try (LoadedModel model = new LoadedModel(family);
                KvCache inOne = model.newCache(PRUNED, prompt.length);
                KvCache inPieces = model.newCache(PRUNED, prompt.length)) {
            float[][] whole = model.feed(inOne, prompt, 256);
            float[][] pieces = model.feed(inPieces, prompt, 7);

            for (int layer = 0; layer < model.spec().layers(); layer++) {
                assertThat(inOne.layer(layer).longest()).isLessThanOrEqualTo(48 + EvictionPolicy.DEFAULT_SLACK);
                assertThat(LoadedModel.positions(inOne, layer)).isEqualTo(LoadedModel.positions(inPieces, layer));
            }
            assertSameButForRounding(pieces, whole);
        }
    }

    /** Goldens are longer than every window, so what the others test is exact without those tokens. */
    @ParameterizedTest
    @MethodSource("families")
    void forward_layerWithAWindow_holdsThatAndNoMoreWhateverTheChunks(Path family) {
        int[] prompt = ids(PlainSafetensors.read(family.resolve("golden.safetensors")), "ids");
        try (LoadedModel model = new LoadedModel(family);
                KvCache inOne = model.newCache(UNCUT, prompt.length);
                KvCache inPieces = model.newCache(UNCUT, prompt.length)) {
            float[][] whole = model.feed(inOne, prompt, 256);
            float[][] pieces = model.feed(inPieces, prompt, 7);

            for (int layer = 0; layer < model.spec().layers(); layer++) {
                int window = model.spec().architecture().windows().get(layer);
                int most = window == 0 ? prompt.length : window + EvictionPolicy.DEFAULT_SLACK;
                assertThat(inOne.layer(layer).longest()).isBetween(window, most);
                assertThat(LoadedModel.positions(inOne, layer)).isEqualTo(LoadedModel.positions(inPieces, layer));
            }
            assertSameButForRounding(pieces, whole);
        }
    }

    private static void assertSameButForRounding(float[][] pieces, float[][] whole) {
        for (int position = 0; position < whole.length; position++) {
            for (int id = 0; id < whole[position].length; id++) {
                assertThat((double) pieces[position][id])
                        .isFinite()
                        .isCloseTo(whole[position][id], within(1e-5 * LogitRow.greatestMagnitude(whole[position])));
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
