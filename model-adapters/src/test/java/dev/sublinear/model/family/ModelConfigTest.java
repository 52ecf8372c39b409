package dev.sublinear.model.family;

import static dev.sublinear.model.huggingface.TinyCheckpoint.CONFIG;
import static dev.sublinear.model.huggingface.TinyCheckpoint.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StrictJson;
import dev.sublinear.model.rotary.RotaryScaling;
import dev.sublinear.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Row C8 of the table of hostile checkpoints, and what the decoder does not have. */
final class ModelConfigTest {

    @Test
    void spec_ofTinyLlama_isItsConfig() {
        ModelSpec spec = spec(CONFIG);

        assertThat(spec)
                .isEqualTo(new ModelSpec(
                        "LlamaForCausalLM",
                        5,
                        4,
                        6,
                        1,
                        2,
                        1,
                        2,
                        16,
                        LlamaArchitecture.of(1, 2, 1e-5, 500),
                        true,
                        java.util.Set.of(2),
                        java.util.OptionalInt.of(1)));
        assertThat(spec.parameters()).isEqualTo(5 * 4 + 4 + 4 * 4 + 2 * 4 + 2 * 4 + 4 * 4 + 4 + 3 * 6 * 4 + 4);
    }

    @Test
    void spec_ofMinimalConfig_hasTheDefaultsOfTransformers() {
        ModelSpec spec = spec("""
                {"architectures":["LlamaForCausalLM"],"hidden_size":8,"intermediate_size":6,"num_hidden_layers":1,
                "num_attention_heads":2,"vocab_size":5}""");

        assertThat(spec.kvHeads()).isEqualTo(2);
        assertThat(spec.headDim()).isEqualTo(4);
        assertThat(spec.maxPositions()).isEqualTo(2048);
        assertThat(spec.architecture().normEpsilon()).isEqualTo(1e-6);
        assertThat(spec.architecture().rotary().get(0).theta()).isEqualTo(10_000);
        assertThat(spec.tiedHead()).isFalse();
        assertThat(spec.stopIds()).isEmpty();
        assertThat(spec.bosId()).isEmpty();
    }

    @Test
    void spec_withRopeParametersOfTransformers5_readsTheBase() {
        assertThat(spec(with("rope_parameters", "{\"rope_type\":\"default\",\"rope_theta\":700.0}"))
                        .architecture()
                        .rotary()
                        .get(0)
                        .theta())
                .isEqualTo(700);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"rope_type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":16}|64",
                "{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":16}|64",
                "{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":4}|16",
                "{\"type\":\"yarn\",\"factor\":2.0,\"original_max_position_embeddings\":4}|16",
                "{\"type\":\"yarn\",\"factor\":1.5,\"original_max_position_embeddings\":15}|23",
                "{\"type\":\"yarn\",\"factor\":4.0}|16",
                "{\"type\":\"yarn\",\"original_max_position_embeddings\":4}|16",
                "{\"type\":\"yarn\",\"factor\":1e6,\"original_max_position_embeddings\":4194304}|4194304",
                "{\"type\":\"linear\",\"factor\":4.0,\"original_max_position_embeddings\":16}|64",
                "{\"type\":\"linear\",\"factor\":4.0}|16",
                "{\"type\":\"dynamic\",\"factor\":4.0,\"original_max_position_embeddings\":16}|16",
                "{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4,"
                        + "\"original_max_position_embeddings\":8}|16",
                "{\"type\":\"longrope\",\"factor\":4,\"short_factor\":[1],\"long_factor\":[1],"
                        + "\"original_max_position_embeddings\":16}|16",
            })
    void spec_scaling_extendsTheContextWhereFactorAndOriginalAreWritten(String scaling, int context) {
        for (String key : List.of("rope_scaling", "rope_parameters")) {
            assertThat(spec(with(key, scaling)).maxPositions()).as(key).isEqualTo(context);
        }
    }

    @Test
    void spec_originalLengthOutsideTheScaling_decides() {
        String scaling =
                with("rope_scaling", "{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":2}");
        ModelSpec spec = spec(scaling.replaceFirst("\\{", "{\"original_max_position_embeddings\":8,"));

        assertThat(spec.maxPositions()).isEqualTo(32);
        assertThat(((RotaryScaling.Yarn) spec.architecture().rotary().get(0).scaling()).originalPositions())
                .isEqualTo(8);
    }

    @Test
    void spec_scalingAddedBesideRopeParameters_decidesAndKeepsTheirBase() {
        String scaled = with(
                        "rope_scaling", "{\"type\":\"yarn\",\"factor\":4.0,\"original_max_position_embeddings\":16}")
                .replaceFirst("\\{", "{\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":700.0},");
        ModelSpec spec = spec(scaled);

        assertThat(spec.maxPositions()).isEqualTo(64);
        assertThat(spec.architecture().rotary().get(0).theta()).isEqualTo(700);
    }

    @Test
    void spec_withSeveralStopIds_hasThemAll() {
        assertThat(spec(with("eos_token_id", "[3,4]")).stopIds()).containsExactlyInAnyOrder(3, 4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "hidden_size|0",
                "hidden_size|-4",
                "hidden_size|131073",
                "hidden_size|2147483648",
                "hidden_size|4.0",
                "hidden_size|\"4\"",
                "hidden_size|null",
                "hidden_size|[4]",
                "hidden_size|1e400",
                "intermediate_size|0",
                "intermediate_size|524289",
                "num_hidden_layers|0",
                "num_hidden_layers|513",
                "num_attention_heads|0",
                "num_attention_heads|3",
                "num_attention_heads|8",
                "num_key_value_heads|0",
                "num_key_value_heads|3",
                "head_dim|0",
                "head_dim|3",
                "head_dim|4097",
                "vocab_size|0",
                "vocab_size|1048577",
                "max_position_embeddings|0",
                "max_position_embeddings|4194305",
                "rms_norm_eps|0",
                "rms_norm_eps|-1e-5",
                "rms_norm_eps|\"NaN\"",
                "rope_theta|0",
                "rope_theta|-1",
                "rope_theta|1e300",
                "rope_theta|\"Infinity\"",
                "tie_word_embeddings|1",
                "tie_word_embeddings|\"true\"",
                "architectures|[]",
                "architectures|[1]",
                "architectures|\"LlamaForCausalLM\"",
                "architectures|[\"LlamaForCausalLM\",\"X\"]",
                "rope_scaling|{\"rope_type\":\"wavelet\",\"factor\":8}",
                "rope_scaling|{\"type\":\"proportional\"}",
                "rope_scaling|[]",
                "rope_parameters|{\"rope_type\":\"YARN\"}",
                "partial_rotary_factor|0.5",
                "partial_rotary_factor|1.5",
                "sliding_window|-1",
                "layer_types|[\"linear_attention\"]",
                "layer_types|[\"full_attention\",\"full_attention\"]",
                "attention_bias|\"false\"",
                "mlp_bias|1",
                "hidden_act|\"relu\"",
                "quantization_config|{\"bits\":4}"
            })
    void c8_configOutOfBounds_isRefusedNamingTheKey(String key, String value) {
        String config = with(key, value);

        assertThatThrownBy(() -> spec(config))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: \"" + key + "\" ")
                .hasMessageContaining("was ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"rope_type\":\"linear\"}|factor",
                "{\"rope_type\":\"linear\",\"factor\":0}|factor",
                "{\"rope_type\":\"llama3\",\"factor\":8}|low_freq_factor",
                "{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":1}|low_freq_factor",
                "{\"rope_type\":\"yarn\",\"factor\":-1}|factor",
                "{\"rope_type\":\"longrope\",\"long_factor\":[1],\"short_factor\":[1,2]}|short_factor",
                "{\"type\":\"su\",\"short_factor\":[0]}|short_factor",
                "{\"rope_type\":\"default\",\"rope_theta\":0}|rope_theta"
            })
    void c8_scalingOutOfBounds_isRefusedNamingTheKey(String scaling, String key) {
        assertThatThrownBy(() -> spec(with("rope_parameters", scaling)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: \"" + key + "\" ");
    }

    @Test
    void c8_headsThatDoNotDivide_areRefusedWithBothNumbers() {
        String config = with("num_attention_heads", "3");

        assertThatThrownBy(() -> spec(config))
                .hasMessage("config.json: \"num_attention_heads\" must divide \"hidden_size\" 4, was 3");
    }

    @Test
    void c8_largestOfEverything_doesNotOverflow() {
        ModelSpec spec = spec("""
                {"architectures":["LlamaForCausalLM"],"hidden_size":131072,"intermediate_size":524288,
                "num_hidden_layers":512,"num_attention_heads":4096,"head_dim":4096,"vocab_size":1048576}""");

        assertThat(spec.parameters()).isGreaterThan(1L << 50);
    }

    @Test
    void spec_ofUnknownArchitecture_namesTheKnownOnes() {
        String config = with("architectures", "[\"MambaForCausalLM\"]");

        assertThatThrownBy(() -> spec(config))
                .hasMessage(
                        "config.json: \"architectures\" must be one of [LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM,"
                                + " Qwen3ForCausalLM, Phi3ForCausalLM, GemmaForCausalLM, Gemma2ForCausalLM, Gemma3ForCausalLM,"
                                + " GPT2LMHeadModel, GPTNeoXForCausalLM, Olmo2ForCausalLM, MixtralForCausalLM,"
                                + " Qwen2MoeForCausalLM, Qwen3MoeForCausalLM], was \"MambaForCausalLM\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "null",
                "{\"a\":1,\"a\":1}",
                "{} {}",
                "{}x",
                "{\"a\":NaN}",
                "{\"a\":01}",
                "{\"b\":{\"a\":1,\"a\":2}}",
                "{'a':1}",
                "{/**/}",
                "{\"a\":\"\\ud800"
            })
    void c3_configThatIsNotStrictJson_isRefused(String config) {
        assertThatThrownBy(() -> spec(config))
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: ");
    }

    @Test
    void c2_configDeepOrNotUtf8_isRefused() {
        assertThatThrownBy(() -> spec("{\"a\":" + "[".repeat(100_000)))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("config.json: is not valid JSON");
        byte[] latin1 = "{\"a\":\"\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> StrictJson.parse("config.json", latin1)).hasMessage("config.json: must be UTF-8");
    }

    @Test
    void spec_ofRandomlySpoiltConfig_endsInASpecOrARefusal() {
        long seed = Seed.fresh();
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            byte[] bytes = CONFIG.getBytes(StandardCharsets.UTF_8);
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                ModelConfig config = new ModelConfig(StrictJson.parse("config.json", bytes));
                ModelSpec spec = ModelAdapters.of(config).spec(config);
                assertThat(spec.parameters()).as("seed " + seed).isPositive();
            } catch (CheckpointException expected) {
                assertThat(expected).as("seed " + seed).hasMessageStartingWith("config.json: ");
            }
        }
    }

    /** The tiny config with another value of one key. */
    private static String with(String key, String value) {
        String rest = CONFIG.replaceAll("\"" + key + "\":(\\[[^]]*]|[^,}]*),?\\s*", "")
                .stripTrailing()
                .replaceAll(",?\\s*}$", "");
        return rest + ",\"" + key + "\":" + value + "}";
    }
}
