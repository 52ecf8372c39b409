package dev.sublinear.model.gguf;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import java.util.Map;
import java.util.Optional;

/**
 * Writes the config.json and generation_config.json that a GGUF file was made from, so that they are read and checked like
 * those of any other checkpoint. Keys that ask for what the decoder does not compute are refused.
 */
final class GgufConfig {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String ARCHITECTURE = "general.architecture";

    /** The name in config.json by general.architecture; {@code llama} is three, which its keys tell apart. */
    private static final Map<String, String> ARCHITECTURES = Map.ofEntries(
            Map.entry("llama", "LlamaForCausalLM"),
            Map.entry("qwen2", "Qwen2ForCausalLM"),
            Map.entry("qwen3", "Qwen3ForCausalLM"),
            Map.entry("qwen2moe", "Qwen2MoeForCausalLM"),
            Map.entry("qwen3moe", "Qwen3MoeForCausalLM"),
            Map.entry("gemma", "GemmaForCausalLM"),
            Map.entry("gemma2", "Gemma2ForCausalLM"),
            Map.entry("gemma3", "Gemma3ForCausalLM"),
            Map.entry("phi3", "Phi3ForCausalLM"),
            Map.entry("gpt2", "GPT2LMHeadModel"),
            Map.entry("gptneox", "GPTNeoXForCausalLM"),
            Map.entry("olmo2", "Olmo2ForCausalLM"));

    /** Keys that change what is computed, and the value at which they change nothing. */
    private static final Map<String, Double> NEUTRAL = Map.of(
            "logit_scale", 0.0,
            "residual_scale", 0.0,
            "embedding_scale", 0.0,
            "attention.clamp_kqv", 0.0,
            "attention.max_alibi_bias", 0.0,
            "leading_dense_block_count", 0.0,
            "expert_group_count", 1.0,
            "expert_weights_scale", 1.0,
            "expert_gating_func", 1.0);

    private final GgufParts parts;
    private final GgufMetadata metadata;
    private final GgufVocabulary vocabulary;
    private final String architecture;
    private final ObjectNode config = JSON.objectNode();

    GgufConfig(GgufParts parts, GgufVocabulary vocabulary) {
        this.parts = parts;
        this.metadata = parts.metadata();
        this.vocabulary = vocabulary;
        this.architecture = architecture(metadata);
        refuseUnknown();
        sizes();
        norms();
        rotary();
        windows();
        experts();
        perFamily();
        tokens();
    }

    /** The architecture that a file names, if it is one that can be read. */
    static String architecture(GgufMetadata metadata) {
        String architecture = metadata.requiredString(ARCHITECTURE);
        if (!ARCHITECTURES.containsKey(architecture)) {
            throw metadata.refuse(quote(ARCHITECTURE) + " must be one of "
                    + ARCHITECTURES.keySet().stream().sorted().toList() + ", was " + quote(architecture));
        }
        return architecture;
    }

    /** The content of config.json. */
    ObjectNode config() {
        return config;
    }

    /** The content of generation_config.json. */
    ObjectNode generation() {
        ObjectNode generation = JSON.objectNode();
        Map.of("temp", "temperature", "top_p", "top_p", "min_p", "min_p", "penalty_repeat", "repetition_penalty")
                .forEach((key, name) ->
                        metadata.number("general.sampling." + key).ifPresent(value -> generation.put(name, value)));
        metadata.integer("general.sampling.top_k").ifPresent(value -> generation.put("top_k", value));
        return generation;
    }

    /** Whether rows of queries and keys are in the order of llama.cpp's way of rotating. */
    boolean isPermuted() {
        return architecture.equals("llama");
    }

    private String key(String name) {
        return architecture + "." + name;
    }

    private void refuseUnknown() {
        NEUTRAL.forEach((name, neutral) -> metadata.number(key(name)).ifPresent(value -> {
            if (!value.equals(neutral) && value != 0) {
                throw unsupported(name, String.valueOf(value));
            }
        }));
        if (!metadata.flag(key("attention.causal")).orElse(true)) {
            throw unsupported("attention.causal", "false");
        }
    }

    private CheckpointException unsupported(String name, String value) {
        return metadata.refuse(quote(key(name)) + " is not supported yet, was " + value);
    }

    private void sizes() {
        config.putArray("architectures").add(name());
        GgufTensor embedding = parts.tensor(GgufNames.of(Weight.EMBEDDING, 0));
        config.put("vocab_size", embedding.rows());
        whole("max_position_embeddings", "context_length");
        whole("hidden_size", "embedding_length");
        whole("num_hidden_layers", "block_count");
        whole("intermediate_size", "feed_forward_length");
        whole("num_attention_heads", "attention.head_count");
        whole("num_key_value_heads", "attention.head_count_kv");
        Optional<Long> headDim = metadata.integer(key("attention.key_length"));
        Optional<Long> values = metadata.integer(key("attention.value_length"));
        if (headDim.isPresent() && values.isPresent() && !headDim.equals(values)) {
            throw metadata.refuse(quote(key("attention.value_length")) + " must be that of keys, " + headDim.get()
                    + ", others are not supported yet, was " + values.get());
        }
        headDim.ifPresent(size -> config.put("head_dim", size));
        config.put("tie_word_embeddings", !parts.has(GgufNames.of(Weight.HEAD, 0)));
    }

    private String name() {
        if (architecture.equals("llama") && count("expert_count") > 0) {
            return "MixtralForCausalLM";
        }
        return architecture.equals("llama") && count("attention.sliding_window") > 0
                ? "MistralForCausalLM"
                : ARCHITECTURES.getOrDefault(architecture, architecture);
    }

    private void whole(String name, String from) {
        metadata.sameForAll(key(from)).ifPresent(value -> config.put(name, value));
    }

    private void number(String name, String from) {
        metadata.number(key(from)).ifPresent(value -> config.put(name, value));
    }

    private long count(String name) {
        return metadata.isArray(key(name)) ? 0 : metadata.integer(key(name)).orElse(0L);
    }

    private void norms() {
        number("rms_norm_eps", "attention.layer_norm_rms_epsilon");
        number("layer_norm_eps", "attention.layer_norm_epsilon");
        number("layer_norm_epsilon", "attention.layer_norm_epsilon");
    }

    private void rotary() {
        number("rope_theta", "rope.freq_base");
        number("rope_local_base_freq", "rope.freq_base_swa");
        long size = count("rope.dimension_count");
        long head = config.path("head_dim").asLong(0);
        if (head == 0 && config.path("num_attention_heads").asLong(0) > 0) {
            head = config.path("hidden_size").asLong()
                    / config.path("num_attention_heads").asLong();
        }
        if (size > 0 && head > 0) {
            double part = size / (double) head;
            config.put("partial_rotary_factor", (long) (head * part) < size ? Math.nextUp(part) : part);
        }
        ObjectNode scaling = new GgufRotary(parts, architecture, config).scaling();
        if (!scaling.isEmpty()) {
            config.set("rope_scaling", scaling);
        }
    }

    private void windows() {
        String pattern = key("attention.sliding_window_pattern");
        long window = count("attention.sliding_window");
        if (window > 0) {
            config.put("sliding_window", window);
        }
        if (!metadata.isArray(pattern)) {
            metadata.integer(pattern).ifPresent(every -> config.put("sliding_window_pattern", every));
            return;
        }
        ArrayNode types = config.putArray("layer_types");
        for (boolean local : metadata.flags(pattern).orElseThrow()) {
            types.add(local ? "sliding_attention" : "full_attention");
        }
    }

    private void experts() {
        if (count("expert_count") == 0) {
            return;
        }
        whole(architecture.equals("llama") ? "num_local_experts" : "num_experts", "expert_count");
        whole("num_experts_per_tok", "expert_used_count");
        whole("moe_intermediate_size", "expert_feed_forward_length");
        whole("shared_expert_intermediate_size", "expert_shared_feed_forward_length");
        if (config.path("intermediate_size").asLong(0) == 0 && config.has("moe_intermediate_size")) {
            config.set("intermediate_size", config.get("moe_intermediate_size"));
        }
        boolean normalized = metadata.flag(key("expert_weights_norm")).orElse(!architecture.equals("qwen2moe"));
        config.put("norm_topk_prob", normalized);
        if (architecture.equals("llama") && !normalized) {
            throw unsupported("expert_weights_norm", "false");
        }
    }

    private void perFamily() {
        switch (architecture) {
            case "llama" -> {
                config.put("attention_bias", parts.has(GgufNames.of(Weight.QUERY_BIAS, 0)));
                config.put("mlp_bias", parts.has(GgufNames.of(Weight.UP_BIAS, 0)));
            }
            case "gemma2" -> gemma(46);
            case "gemma3" -> gemma(62);
            case "gpt2" -> config.put("activation_function", "gelu_new");
            case "gptneox" -> {
                config.put("hidden_act", "gelu");
                metadata.flag(key("use_parallel_residual"))
                        .ifPresent(parallel -> config.put("use_parallel_residual", parallel));
            }
            default -> {}
        }
        if (!architecture.startsWith("gemma")
                && metadata.number(key("attention.scale")).orElse(0.0) != 0) {
            throw unsupported("attention.scale", "there");
        }
    }

    /** @param largest how many layers the one size has whose queries are scaled by the hidden size, not the head's */
    private void gemma(int largest) {
        config.put("hidden_activation", "gelu_pytorch_tanh");
        number("attn_logit_softcapping", "attn_logit_softcapping");
        number("final_logit_softcapping", "final_logit_softcapping");
        if (architecture.equals("gemma2") && !metadata.has(key("attention.sliding_window"))) {
            config.put("sliding_window", 4096);
        }
        double scale = metadata.number(key("attention.scale")).orElse(0.0);
        long heads = config.path("num_attention_heads").asLong(0);
        if (scale > 0) {
            config.put("query_pre_attn_scalar", 1 / (scale * scale));
        } else if (config.path("num_hidden_layers").asLong() == largest && heads > 0) {
            config.put("query_pre_attn_scalar", config.path("hidden_size").asLong() / heads);
        } else if (config.has("head_dim")) {
            config.set("query_pre_attn_scalar", config.get("head_dim"));
        }
    }

    private void tokens() {
        ArrayNode ends = config.putArray("eos_token_id");
        vocabulary.ends().forEach(ends::add);
        vocabulary.special("bos").ifPresent(bos -> config.put("bos_token_id", bos));
    }
}
