package dev.sublinear.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What transformers computes, we compute. */
@Tag("model")
class CausalLmGoldenTest {
    private static final EvictionPolicy UNCUT = EvictionPolicy.of(new Unlimited(), new RecencyScorer());

    /** Of the greatest logit of the row: what float32 sums in another order may differ by. */
    private static final double TOLERANCE = 1e-4;

    static Stream<Goldens> goldens() {
        return Stream.of(Goldens.tinyLlamaMha(), Goldens.tinyLlamaGqa(), Goldens.fixture());
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void forward_512Tokens_agreesWithTransformers(Goldens goldens) {
        try (LoadedModel model = new LoadedModel(goldens.checkpoint());
                KvCache cache = model.newCache(UNCUT, 512)) {
            float[][] logits = model.feed(cache, goldens.prompt(), 256);

            for (int i = 0; i < goldens.positions().length; i++) {
                int position = goldens.positions()[i];
                float[] expected = goldens.logits()[i];
                double scale = LogitRow.greatestMagnitude(expected);
                for (int id = 0; id < expected.length; id++) {
                    assertThat((double) logits[position][id])
                            .as("logit of %s at position %s", id, position)
                            .isCloseTo(expected[id], within(TOLERANCE * scale));
                }
            }
            for (int position = 0; position < 512; position++) {
                double scale = LogitRow.greatestMagnitude(logits[position]);
                assertThat(LogitRow.logSumExp(logits[position]))
                        .as("logsumexp at position %s", position)
                        .isCloseTo(goldens.logSumExp()[position], within(TOLERANCE * scale));
                assertThat((double) logits[position][goldens.targets()[position]])
                        .as("target's logit at position %s", position)
                        .isCloseTo(goldens.targetLogits()[position], within(TOLERANCE * scale));
                if (goldens.gaps()[position] > TOLERANCE * scale) {
                    assertThat(LogitRow.argmax(logits[position]))
                            .as("best id at position %s", position)
                            .isEqualTo(goldens.argmax()[position]);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void forward_200GreedyTokens_chooseTheSame(Goldens goldens) {
        try (LoadedModel model = new LoadedModel(goldens.checkpoint())) {
            for (Goldens.Greedy greedy : goldens.greedy()) {
                try (KvCache cache = model.newCache(UNCUT, greedy.prompt().length + 200)) {
                    float[][] prompt = model.feed(cache, greedy.prompt(), 256);
                    float[] logits = prompt[prompt.length - 1];
                    for (int i = 0; i < greedy.ids().length; i++) {
                        int next = LogitRow.argmax(logits);
                        assertThat(next)
                                .as("token %s of run %s, ahead by %s", i, greedy.run(), greedy.gaps()[i])
                                .isEqualTo(greedy.ids()[i]);
                        logits = model.feed(cache, new int[] {next}, 256)[0];
                    }
                }
            }
        }
    }
}
