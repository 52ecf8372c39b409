package dev.sublinear.model.reference;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.text.ByteTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A Llama with random weights that is written as a Hugging Face directory: for tests that need a model, not a good one.
 *
 * <p>Attention is far from uniform and logits differ widely, so that a wrong head or position shows. The tokenizer is
 * {@link ByteTokenizer}.
 *
 * @param type how the weights are stored
 * @param shards the number of safetensors files; above one, model.safetensors.index.json names them
 * @param seed the same seed, sizes and type give the same bytes
 */
public record RandomCheckpoint(LlamaSizes sizes, StoredType type, int shards, long seed) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Two layers of four query and two key-value heads, a tied head and {@link ByteTokenizer}'s vocabulary, in F32. */
    public static RandomCheckpoint seeded(long seed) {
        LlamaSizes sizes = new LlamaSizes(ByteTokenizer.VOCABULARY, 32, 2, 4, 2, 8, 48, 8192, 10_000, 1e-5, true);
        return new RandomCheckpoint(sizes, StoredType.F32, 1, seed);
    }

    /** The same with other sizes. */
    public RandomCheckpoint withSizes(LlamaSizes otherSizes) {
        return new RandomCheckpoint(otherSizes, type, shards, seed);
    }

    /** The same, stored otherwise. */
    public RandomCheckpoint withType(StoredType otherType) {
        return new RandomCheckpoint(sizes, otherType, shards, seed);
    }

    /** The same in another number of files. */
    public RandomCheckpoint withShards(int otherShards) {
        return new RandomCheckpoint(sizes, type, otherShards, seed);
    }

    /** Writes config.json, the weights, tokenizer.json and tokenizer_config.json; returns {@code directory}. */
    public Path write(Path directory) {
        try {
            Files.createDirectories(directory);
            writeJson(directory.resolve("config.json"), config());
            writeWeights(directory);
            writeJson(directory.resolve("tokenizer.json"), ByteTokenizer.json());
            writeJson(directory.resolve("tokenizer_config.json"), tokenizerConfig());
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode tokenizerConfig() {
        return JSON.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("bos_token", "<|endoftext|>")
                .put("eos_token", "<|endoftext|>")
                .put("clean_up_tokenization_spaces", false);
    }

    private ObjectNode config() {
        ObjectNode config = JSON.createObjectNode();
        config.putArray("architectures").add("LlamaForCausalLM");
        return config.put("model_type", "llama")
                .put("hidden_size", sizes.hidden())
                .put("intermediate_size", sizes.feedForward())
                .put("num_hidden_layers", sizes.layers())
                .put("num_attention_heads", sizes.queryHeads())
                .put("num_key_value_heads", sizes.kvHeads())
                .put("head_dim", sizes.headDim())
                .put("vocab_size", sizes.vocabulary())
                .put("max_position_embeddings", sizes.maxPositions())
                .put("rms_norm_eps", sizes.normEpsilon())
                .put("rope_theta", sizes.ropeTheta())
                .put("hidden_act", "silu")
                .put("attention_bias", false)
                .put("mlp_bias", false)
                .put("tie_word_embeddings", sizes.tiedHead())
                .put("bos_token_id", ByteTokenizer.END_OF_TEXT)
                .put("eos_token_id", ByteTokenizer.END_OF_TEXT)
                .put("torch_dtype", torchName());
    }

    private String torchName() {
        return switch (type) {
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
            case I32 -> throw new IllegalArgumentException("type must be a float type, was " + type);
        };
    }

    private void writeWeights(Path directory) throws IOException {
        List<PlainTensor> tensors = tensors();
        if (shards == 1) {
            PlainSafetensors.write(directory.resolve("model.safetensors"), tensors);
            return;
        }
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata")
                .put(
                        "total_size",
                        tensors.stream().mapToLong(PlainTensor::bytes).sum());
        ObjectNode fileOfTensor = index.putObject("weight_map");
        for (int shard = 0; shard < shards; shard++) {
            String file = String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, shards);
            List<PlainTensor> part =
                    tensors.subList(shard * tensors.size() / shards, (shard + 1) * tensors.size() / shards);
            PlainSafetensors.write(directory.resolve(file), part);
            part.forEach(tensor -> fileOfTensor.put(tensor.name(), file));
        }
        writeJson(directory.resolve("model.safetensors.index.json"), index);
    }

    private List<PlainTensor> tensors() {
        Random random = new Random(seed);
        int hidden = sizes.hidden();
        int queries = sizes.queryHeads() * sizes.headDim();
        int keys = sizes.kvHeads() * sizes.headDim();
        List<PlainTensor> tensors = new ArrayList<>();
        tensors.add(draw(random, 0, 0.4, "model.embed_tokens", sizes.vocabulary(), hidden));
        for (int layer = 0; layer < sizes.layers(); layer++) {
            String prefix = "model.layers." + layer + ".";
            tensors.add(norm(random, prefix + "input_layernorm"));
            tensors.add(matrix(random, prefix + "self_attn.q_proj", queries, hidden));
            tensors.add(matrix(random, prefix + "self_attn.k_proj", keys, hidden));
            tensors.add(matrix(random, prefix + "self_attn.v_proj", keys, hidden));
            tensors.add(matrix(random, prefix + "self_attn.o_proj", hidden, queries));
            tensors.add(norm(random, prefix + "post_attention_layernorm"));
            tensors.add(matrix(random, prefix + "mlp.gate_proj", sizes.feedForward(), hidden));
            tensors.add(matrix(random, prefix + "mlp.up_proj", sizes.feedForward(), hidden));
            tensors.add(matrix(random, prefix + "mlp.down_proj", hidden, sizes.feedForward()));
        }
        tensors.add(norm(random, "model.norm"));
        if (!sizes.tiedHead()) {
            tensors.add(matrix(random, "lm_head", sizes.vocabulary(), hidden));
        }
        return tensors;
    }

    private PlainTensor norm(Random random, String name) {
        return draw(random, 1, 0.3, name, sizes.hidden());
    }

    /** A gain of 1.5 spreads q·k/√d by about two. */
    private PlainTensor matrix(Random random, String name, int outputs, int inputs) {
        return draw(random, 0, 1.5 / Math.sqrt(inputs), name, outputs, inputs);
    }

    private PlainTensor draw(Random random, double mean, double deviation, String name, int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
        return PlainTensor.of(name + ".weight", type, values, shape);
    }

    private static void writeJson(Path file, ObjectNode value) throws IOException {
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), value);
    }
}
