package dev.sublinear.model.huggingface;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static dev.sublinear.model.huggingface.TinyCheckpoint.put;
import static dev.sublinear.model.huggingface.TinyCheckpoint.weights;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import dev.sublinear.kvcache.scorer.RecencyScorer;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.LoadedModel;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a head is where config.json ties it to the embedding, by transformers 5.24. */
final class TiedHeadTest {
    private static final long[] SHAPE = {5, 4};

    @TempDir
    private Path directory;

    private final float[] embedding = new float[20];

    @BeforeEach
    void begin() {
        for (int i = 0; i < embedding.length; i++) {
            embedding[i] = i / 8f;
        }
    }

    private void write(UnaryOperator<SafetensorsBuilder> head) {
        put(directory, "config.json", CONFIG);
        put(directory, "model.safetensors", head.apply(weights(name -> true)).build());
    }

    private ModelSpec spec() {
        try (HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.open(directory)) {
            return checkpoint.spec();
        }
    }

    private float[] logits() {
        try (LoadedModel model = new LoadedModel(directory);
                KvCache cache = model.newCache(EvictionPolicy.of(new Unlimited(), new RecencyScorer()), 4)) {
            return model.feed(cache, new int[] {1, 2, 3}, 4)[2];
        }
    }

    @Test
    void open_headThatDiffers_isUsed() {
        write(file -> file.floats("lm_head.weight", SHAPE, new float[20]));

        assertThat(spec().tiedHead()).isFalse();
        assertThat(spec().parameters()).isEqualTo(TinyCheckpoint.spec(CONFIG).parameters() + 20);
        assertThat(logits()).containsOnly(0);
    }

    @Test
    void open_headThatDiffersInItsLastNumber_isUsed() {
        embedding[19] += 1;
        write(file -> file.floats("lm_head.weight", SHAPE, embedding));

        assertThat(spec().tiedHead()).isFalse();
    }

    @Test
    void open_headThatIsTheSame_isTied() {
        write(file -> file.floats("lm_head.weight", SHAPE, embedding));
        assertThat(spec().tiedHead()).isTrue();
        int[] bfloat16 = new int[20];
        for (int i = 0; i < bfloat16.length; i++) {
            bfloat16[i] = Float.floatToIntBits(embedding[i]) >>> 16;
        }
        write(file -> file.shorts("lm_head.weight", "BF16", SHAPE, bfloat16));
        assertThat(spec().tiedHead()).isTrue();
    }

    @Test
    void open_headWithoutAnEmbedding_isBoth() {
        write(file -> file);
        float[] tied = logits();
        put(
                directory,
                "model.safetensors",
                weights(name -> !name.equals("model.embed_tokens.weight"))
                        .floats("lm_head.weight", SHAPE, embedding)
                        .build());

        assertThat(spec().tiedHead()).isTrue();
        assertThat(logits()).isEqualTo(tied);
    }
}
