package dev.sublinear.model.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.GenerationDefaults;
import dev.sublinear.model.checkpoint.TemplateSources;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file tells of its model. */
final class GgufCheckpointTest {
    @TempDir
    private Path directory;

    @Test
    void open_tinyLlama_tellsItsSizesTokensAndTemplate() {
        Path path = TinyGguf.whole().write(directory, "tiny.F32.gguf");

        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            assertThat(checkpoint.name()).isEqualTo("tiny.F32");
            assertThat(checkpoint.spec().family()).isEqualTo("LlamaForCausalLM");
            assertThat(checkpoint.spec().hiddenSize()).isEqualTo(4);
            assertThat(checkpoint.spec().kvHeads()).isEqualTo(1);
            assertThat(checkpoint.spec().vocabSize()).isEqualTo(21);
            assertThat(checkpoint.spec().tiedHead()).isTrue();
            assertThat(checkpoint.spec().architecture().normEpsilon()).isEqualTo(1e-5);
            assertThat(checkpoint.spec().architecture().rotary().get(0).theta()).isEqualTo(1000);
            assertThat(checkpoint.spec().bosId()).hasValue(0);
            assertThat(checkpoint.weights().type().bitsPerWeight()).isEqualTo(32);
            TemplateSources templates = checkpoint.templates();
            assertThat(templates.byName())
                    .containsEntry(
                            TemplateSources.DEFAULT,
                            new TemplateSources.Source(
                                    "tiny.F32.gguf, tokenizer.chat_template",
                                    "{{ bos_token }}{{ messages[0].content }}"));
            assertThat(templates.specialTokens())
                    .containsEntry("bos_token", "<|endoftext|>")
                    .containsEntry("eos_token", "<|endoftext|>");
            assertThat(checkpoint.generationDefaults()).isEqualTo(GenerationDefaults.NONE);
            assertThat(checkpoint.fingerprint()).matches("[0-9a-f]{64}");
        }
    }

    /** Instruct models often name only one of the tokens that end an answer. */
    @Test
    void open_controlTokenThatEndsATurn_isAStopId() {
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(TinyGguf.whole().write(directory))) {
            assertThat(checkpoint.spec().stopIds()).containsExactlyInAnyOrder(0, 1);
        }
    }

    @Test
    void open_samplingAndNamedTemplate_areTold() {
        Path path = TinyGguf.whole()
                .f32("general.sampling.temp", 0.7f)
                .u32("general.sampling.top_k", 20)
                .string("tokenizer.chat_template.tool_use", "{{ tools }}")
                .write(directory);

        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            assertThat(checkpoint.generationDefaults().temperature()).isEqualTo(0.7);
            assertThat(checkpoint.generationDefaults().topK()).isEqualTo(20);
            assertThat(checkpoint.templates().byName())
                    .containsEntry(
                            TemplateSources.TOOL_USE,
                            new TemplateSources.Source("x.gguf, tokenizer.chat_template.tool_use", "{{ tools }}"));
        }
    }

    @Test
    void open_generationConfigBesideIt_isTakenWhereTheFileIsSilent() throws IOException {
        Path path = TinyGguf.whole().f32("general.sampling.temp", 0.5f).write(directory);
        Path beside = path.resolveSibling("generation_config.json");
        Files.writeString(beside, "{\"temperature\": 0.2, \"top_p\": 0.9}");
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            assertThat(checkpoint.generationDefaults().temperature()).isEqualTo(0.5);
            assertThat(checkpoint.generationDefaults().topP()).isEqualTo(0.9);
        }
        Files.writeString(beside, "");
        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            assertThat(checkpoint.generationDefaults().topP()).isEqualTo(1);
        }
    }

    /** Rows 0 and 1 of a head of two are one pair, so they stay; with heads of four, rows 1 and 2 change places. */
    @Test
    void read_queriesOfLlama_areInTheOrderOfHuggingFace() {
        Path path = new GgufBuilderOfHeads().write(directory);

        try (GgufCheckpoint checkpoint = GgufCheckpoint.open(path)) {
            float[] rows = new float[16];
            checkpoint.weights().read(Weight.QUERY, 0, 0, 0, FloatBuffer.wrap(rows));
            assertThat(rows).containsExactly(0, 0, 0, 0, 2, 2, 2, 2, 1, 1, 1, 1, 3, 3, 3, 3);

            float[] third = new float[4];
            checkpoint.weights().read(Weight.QUERY, 0, 0, 8, FloatBuffer.wrap(third));
            assertThat(third).containsExactly(1, 1, 1, 1);
        }
    }

    /** One head of four, whose row i holds i in the file. */
    private static final class GgufBuilderOfHeads {
        Path write(Path directory) {
            float[] rows = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
            GgufBuilder builder = TinyGguf.tokens(new GgufBuilder()
                            .string("general.architecture", "llama")
                            .u32("llama.embedding_length", 4)
                            .u32("llama.block_count", 1)
                            .u32("llama.feed_forward_length", 4)
                            .u32("llama.attention.head_count", 1))
                    .floats("token_embd.weight", new float[4 * 21], 4, 21)
                    .floats("output_norm.weight", new float[4], 4)
                    .floats("blk.0.attn_norm.weight", new float[4], 4)
                    .floats("blk.0.ffn_norm.weight", new float[4], 4);
            for (String matrix :
                    new String[] {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}) {
                builder.floats("blk.0." + matrix + ".weight", rows, 4, 4);
            }
            return builder.write(directory);
        }
    }

    @Test
    void open_unknownArchitecture_isRefusedByName() {
        assertRefused(
                new GgufBuilder().string("general.architecture", "mamba"),
                "\"general.architecture\" must be one of [gemma, gemma2, gemma3, gpt2, gptneox, llama, olmo2, phi3, qwen2, "
                        + "qwen2moe, qwen3, qwen3moe], was \"mamba\"");
    }

    @Test
    void open_noArchitecture_isRefused() {
        assertRefused(new GgufBuilder(), "\"general.architecture\" must be there");
    }

    @Test
    void open_tensorMissing_isRefusedByName() {
        assertRefused(
                TinyGguf.tokens(TinyGguf.sizes(new GgufBuilder()))
                        .floats("token_embd.weight", new float[4 * 21], 4, 21),
                "is missing");
    }

    @Test
    void open_tensorOfOtherSizes_isRefused() {
        assertRefused(
                TinyGguf.tensors(TinyGguf.tokens(new GgufBuilder()
                        .string("general.architecture", "llama")
                        .u32("llama.embedding_length", 4)
                        .u32("llama.block_count", 1)
                        .u32("llama.feed_forward_length", 8)
                        .u32("llama.attention.head_count", 2)
                        .u32("llama.attention.head_count_kv", 1))),
                "dimensions must be [");
    }

    @Test
    void open_sizeOutOfBounds_isRefusedInTheWordsOfConfig() {
        assertRefused(
                TinyGguf.tensors(TinyGguf.tokens(new GgufBuilder()
                        .string("general.architecture", "llama")
                        .u32("llama.embedding_length", 4)
                        .u32("llama.block_count", 0))),
                "x.gguf: what it says of the model, as config.json: \"");
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-1.0"})
    void open_factorThatIsNoFactor_isRefused(float factor) {
        assertRefused(
                TinyGguf.whole().string("llama.rope.scaling.type", "linear").f32("llama.rope.scaling.factor", factor),
                "\"factor\" must be a number from 1.0 to 1000000.0, was " + factor);
    }

    @ParameterizedTest
    @CsvSource({"logit_scale", "attention.clamp_kqv", "attention.scale", "expert_weights_scale"})
    void open_whatIsNotComputed_isRefusedByItsKey(String key) {
        assertRefused(TinyGguf.whole().f32("llama." + key, 0.5f), "\"llama." + key + "\" is not supported yet, was");
    }

    @Test
    void open_sumBesideItIsAnother_isRefused() throws IOException {
        Path path = TinyGguf.whole().write(directory);
        Files.writeString(directory.resolve("SHA256SUMS"), "0".repeat(64) + "  other.gguf\n");
        GgufCheckpoint.open(path).close();

        Files.writeString(directory.resolve("x.gguf.sha256"), "0".repeat(64) + "\n");
        assertThatThrownBy(() -> GgufCheckpoint.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("x.gguf: its SHA-256 must be 000")
                .hasMessageContaining(" by x.gguf.sha256, was ");
    }

    @Test
    void isGguf_byNameOrFirstBytes() throws IOException {
        Path named = directory.resolve("model.GGUF");
        Path other = TinyGguf.whole().write(directory, "sha256-0123");
        Path text = Files.writeString(directory.resolve("text"), "GGU");

        assertThat(GgufCheckpoint.isGguf(named)).isTrue();
        assertThat(GgufCheckpoint.isGguf(other)).isTrue();
        assertThat(GgufCheckpoint.isGguf(text)).isFalse();
        assertThat(GgufCheckpoint.isGguf(directory)).isFalse();
        assertThat(GgufCheckpoint.isGguf(Files.createDirectory(directory.resolve("dir.gguf"))))
                .isFalse();
    }

    private void assertRefused(GgufBuilder builder, String message) {
        Path path = builder.write(directory);
        assertThatThrownBy(() -> GgufCheckpoint.open(path).close())
                .isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("x.gguf: ")
                .hasMessageContaining(message);
    }
}
