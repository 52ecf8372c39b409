package dev.sublinear.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.model.checkpoint.Checkpoint;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** In f32 the likeliest token is the one of transformers, a hundred times in a row. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class GreedyTest {
    /** What float32 sums in another order may differ by; logits are about 20 here. */
    private static final double TOLERANCE = 2e-3;

    private LoadedModel model;

    @BeforeAll
    void load() {
        try (Checkpoint checkpoint = RealModel.open()) {
            model = new LoadedModel(checkpoint);
        }
    }

    @AfterAll
    void close() {
        model.close();
    }

    @Test
    void forward_aChat_goesOnAsInTransformers() {
        assertGreedy(2);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void forward_anyPrompt_goesOnAsInTransformers(int run) {
        assertGreedy(run);
    }

    private void assertGreedy(int run) {
        JsonNode golden = RealModel.fixture("greedy.json").get(run);
        int[] prompt = RealModel.ids(golden.get("prompt"));
        int[] answer = RealModel.ids(golden.get("answer"));
        assertThat(answer).hasSize(100);
        try (KvCache cache = model.newCache(prompt.length + answer.length)) {
            float[] logits = model.read(cache, prompt);
            for (int i = 0; i < answer.length; i++) {
                assertThat(LoadedModel.best(logits))
                        .as(
                                "token %s after %s; the nearest two of all are %s apart",
                                i, golden.get("name"), golden.get("nearest"))
                        .isEqualTo(answer[i]);
                assertBestLogits(golden.get("first").path(i), logits);
                logits = model.read(cache, answer[i]);
            }
        }
    }

    /** Nothing where the fixture tells none. */
    private static void assertBestLogits(JsonNode best, float[] logits) {
        for (int i = 0; i < best.path("ids").size(); i++) {
            int id = best.get("ids").get(i).intValue();
            assertThat((double) logits[id])
                    .as("logit of %s", id)
                    .isCloseTo(best.get("logits").get(i).doubleValue(), within(TOLERANCE));
        }
    }
}
