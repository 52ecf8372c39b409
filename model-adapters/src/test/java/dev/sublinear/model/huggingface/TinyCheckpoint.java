package dev.sublinear.model.huggingface;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.family.ModelAdapters;
import dev.sublinear.model.family.ModelConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/** Writes a Llama of a few dozen weights; the tests then spoil it. */
public final class TinyCheckpoint {
    public static final String CONFIG = """
            {"architectures":["LlamaForCausalLM"],"hidden_size":4,"intermediate_size":6,"num_hidden_layers":1,
            "num_attention_heads":2,"num_key_value_heads":1,"vocab_size":5,"max_position_embeddings":16,
            "rms_norm_eps":1e-5,"rope_theta":500.0,"rope_scaling":null,"hidden_act":"silu","attention_bias":false,
            "mlp_bias":false,"tie_word_embeddings":true,"bos_token_id":1,"eos_token_id":2}
            """;

    private TinyCheckpoint() {}

    /** Writes config.json and model.safetensors. */
    static Path write(Path directory) {
        put(directory, "config.json", CONFIG);
        put(directory, "model.safetensors", weights(name -> true).build());
        return directory;
    }

    public static void put(Path directory, String file, String content) {
        put(directory, file, content.getBytes(StandardCharsets.UTF_8));
    }

    public static void put(Path directory, String file, byte[] content) {
        try {
            Files.write(directory.resolve(file), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static ModelSpec spec(String config) {
        ModelConfig parsed = new ModelConfig(StrictJson.parse("config.json", config.getBytes(StandardCharsets.UTF_8)));
        return ModelAdapters.of(parsed).spec(parsed);
    }

    /** Those of its tensors that are {@code wanted}, each filled with 0, 1/8, 2/8 and so on. */
    static SafetensorsBuilder weights(Predicate<String> wanted) {
        SafetensorsBuilder builder = new SafetensorsBuilder();
        ModelSpec spec = spec(CONFIG);
        for (Weight weight : Weight.values()) {
            if (weight.copies(spec) == 1 && wanted.test(name(weight))) {
                float[] values = new float[(int) weight.shape(spec).size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = i / 8f;
                }
                builder.floats(name(weight), weight.shape(spec).getShape(), values);
            }
        }
        return builder;
    }

    static void assertRefused(Path directory, String message) {
        assertThatThrownBy(() -> HuggingFaceCheckpoint.open(directory))
                .isInstanceOf(CheckpointException.class)
                .hasMessage(message);
    }

    /** The names of its tensors. */
    public static List<String> names() {
        return Arrays.stream(Weight.values())
                .filter(weight -> weight.copies(spec(CONFIG)) == 1)
                .map(TinyCheckpoint::name)
                .toList();
    }

    private static String name(Weight weight) {
        ModelConfig config = new ModelConfig(StrictJson.parse("config.json", CONFIG.getBytes(StandardCharsets.UTF_8)));
        return ModelAdapters.of(config).tensorName(weight, 0, 0);
    }
}
