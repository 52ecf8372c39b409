package dev.sublinear.model.family;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;
import static dev.sublinear.model.checkpoint.StoredWeights.Layout.INTERLEAVED;
import static dev.sublinear.model.checkpoint.StoredWeights.Layout.TRANSPOSED;

import dev.sublinear.model.Choices.Activation;
import dev.sublinear.model.Choices.Experts;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.StoredWeights;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** The families that can be read. A new one is a method here, and a golden. */
public final class ModelAdapters {
    /** Of Llama; most later families changed a few. */
    private static final Map<Weight, String> NAMES = names(
            Map.of(
                    Weight.EMBEDDING, "model.embed_tokens.weight",
                    Weight.FINAL_NORM, "model.norm.weight",
                    Weight.HEAD, "lm_head.weight",
                    Weight.ATTENTION_NORM, "model.layers.{layer}.input_layernorm.weight",
                    Weight.QUERY, "model.layers.{layer}.self_attn.q_proj.weight",
                    Weight.KEY, "model.layers.{layer}.self_attn.k_proj.weight",
                    Weight.VALUE, "model.layers.{layer}.self_attn.v_proj.weight",
                    Weight.ATTENTION_OUT, "model.layers.{layer}.self_attn.o_proj.weight",
                    Weight.FFN_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
                    Weight.DOWN, "model.layers.{layer}.mlp.down_proj.weight"),
            Map.of(
                    Weight.GATE, "model.layers.{layer}.mlp.gate_proj.weight",
                    Weight.UP, "model.layers.{layer}.mlp.up_proj.weight"),
            Set.of());

    private static final Map<Weight, String> ATTENTION_BIASES = Map.of(
            Weight.QUERY_BIAS, "model.layers.{layer}.self_attn.q_proj.bias",
            Weight.KEY_BIAS, "model.layers.{layer}.self_attn.k_proj.bias",
            Weight.VALUE_BIAS, "model.layers.{layer}.self_attn.v_proj.bias");
    private static final Map<Weight, String> HEAD_NORMS = Map.of(
            Weight.QUERY_NORM, "model.layers.{layer}.self_attn.q_norm.weight",
            Weight.KEY_NORM, "model.layers.{layer}.self_attn.k_norm.weight");
    private static final Set<Weight> FFN = Set.of(Weight.GATE, Weight.UP, Weight.DOWN);

    private static final List<ModelAdapter> KNOWN = List.of(
            llama(),
            mistral(),
            qwen2(),
            qwen3(),
            phi3(),
            gemma(),
            gemma2(),
            gemma3(),
            gpt2(),
            gptNeoX(),
            olmo2(),
            mixtral(),
            qwen2Moe(),
            qwen3Moe());

    /** What transformers' AutoModelForCausalLM makes of config.json's {@code model_type}. */
    private static final Map<String, String> MODEL_TYPES = Map.ofEntries(
            Map.entry("llama", "LlamaForCausalLM"),
            Map.entry("mistral", "MistralForCausalLM"),
            Map.entry("qwen2", "Qwen2ForCausalLM"),
            Map.entry("qwen3", "Qwen3ForCausalLM"),
            Map.entry("phi3", "Phi3ForCausalLM"),
            Map.entry("gemma", "GemmaForCausalLM"),
            Map.entry("gemma2", "Gemma2ForCausalLM"),
            Map.entry("gemma3_text", "Gemma3ForCausalLM"),
            Map.entry("gpt2", "GPT2LMHeadModel"),
            Map.entry("gpt_neox", "GPTNeoXForCausalLM"),
            Map.entry("olmo2", "Olmo2ForCausalLM"),
            Map.entry("mixtral", "MixtralForCausalLM"),
            Map.entry("qwen2_moe", "Qwen2MoeForCausalLM"),
            Map.entry("qwen3_moe", "Qwen3MoeForCausalLM"));

    private ModelAdapters() {}

    /** The family that a {@code model_type} stands for, if it is a known one. */
    static Optional<String> architecture(String modelType) {
        return Optional.ofNullable(MODEL_TYPES.get(modelType));
    }

    public static ModelAdapter of(ModelConfig config) {
        String architecture = config.architecture();
        return KNOWN.stream()
                .filter(adapter -> adapter.architecture().equals(architecture))
                .findFirst()
                .orElseThrow(() -> config.refuse("\"architectures\" must be one of "
                        + KNOWN.stream().map(ModelAdapter::architecture).toList() + ", was " + quote(architecture)));
    }

    /** Llama and what shares its shape, such as SmolLM and TinyLlama. Touvron et al., <a href="https://arxiv.org/abs/2302.13971">2023</a>. */
    private static ModelAdapter llama() {
        Map<Weight, String> biases = names(
                ATTENTION_BIASES,
                Map.of(
                        Weight.ATTENTION_OUT_BIAS, "model.layers.{layer}.self_attn.o_proj.bias",
                        Weight.GATE_BIAS, "model.layers.{layer}.mlp.gate_proj.bias",
                        Weight.UP_BIAS, "model.layers.{layer}.mlp.up_proj.bias",
                        Weight.DOWN_BIAS, "model.layers.{layer}.mlp.down_proj.bias"),
                Set.of());
        return family("LlamaForCausalLM", names(NAMES, biases, Set.of()), (config, weights) -> {
            DecoderReader reader = new DecoderReader(config, weights).activation("hidden_act");
            if (!config.flag("attention_bias")) {
                reader.without(Weight.QUERY_BIAS, Weight.KEY_BIAS, Weight.VALUE_BIAS, Weight.ATTENTION_OUT_BIAS);
            }
            if (!config.flag("mlp_bias")) {
                reader.without(Weight.GATE_BIAS, Weight.UP_BIAS, Weight.DOWN_BIAS);
            }
            return reader.spec();
        });
    }

    /** A window on all layers, in the first version. Jiang et al., <a href="https://arxiv.org/abs/2310.06825">2023</a>. */
    private static ModelAdapter mistral() {
        return family(
                "MistralForCausalLM",
                NAMES,
                (config, weights) -> new DecoderReader(config, weights)
                        .activation("hidden_act")
                        .windows(layer -> true)
                        .spec());
    }

    /** Biases on queries, keys and values. Yang et al., <a href="https://arxiv.org/abs/2407.10671">2024</a>. */
    private static ModelAdapter qwen2() {
        return family(
                "Qwen2ForCausalLM",
                names(NAMES, ATTENTION_BIASES, Set.of()),
                (config, weights) -> qwen(config, weights).spec());
    }

    /** Norms on queries and keys in place of biases. Yang et al., <a href="https://arxiv.org/abs/2505.09388">2025</a>. */
    private static ModelAdapter qwen3() {
        return family("Qwen3ForCausalLM", names(NAMES, HEAD_NORMS, Set.of()), (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return qwen(config, weights).spec();
        });
    }

    private static DecoderReader qwen(ModelConfig config, Set<Weight> weights) {
        int first = config.integer("max_window_layers", 0, 512, 28);
        return new DecoderReader(config, weights)
                .activation("hidden_act")
                .windows(layer -> config.flag("use_sliding_window") && layer >= first);
    }

    /** Fused matrices, LongRoPE. Abdin et al., <a href="https://arxiv.org/abs/2404.14219">2024</a>. */
    private static ModelAdapter phi3() {
        Map<Weight, String> names = names(
                NAMES,
                Map.of(
                        Weight.QUERY_KEY_VALUE, "model.layers.{layer}.self_attn.qkv_proj.weight",
                        Weight.GATE_UP, "model.layers.{layer}.mlp.gate_up_proj.weight"),
                Set.of(Weight.QUERY, Weight.KEY, Weight.VALUE, Weight.GATE, Weight.UP));
        return family(
                "Phi3ForCausalLM",
                names,
                (config, weights) -> new DecoderReader(config, weights)
                        .activation("hidden_act")
                        .windows(layer -> true)
                        .spec());
    }

    /** Norms that multiply by 1 + w, a scaled embedding. Gemma Team, <a href="https://arxiv.org/abs/2403.08295">2024</a>. */
    private static ModelAdapter gemma() {
        return family(
                "GemmaForCausalLM",
                NAMES,
                (config, weights) ->
                        // Its first config.json named another activation than the one that it was trained with.
                        gemma(config, weights).activation(Activation.GELU_TANH).spec());
    }

    private static DecoderReader gemma(ModelConfig config, Set<Weight> weights) {
        config.requireAbsentOr("attention_bias", false);
        return new DecoderReader(config, weights).tiedUnlessTold().normOffset(1).scaledEmbedding();
    }

    private static Map<Weight, String> gemmaNames() {
        return names(
                NAMES,
                Map.of(
                        Weight.AFTER_ATTENTION_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
                        Weight.FFN_NORM, "model.layers.{layer}.pre_feedforward_layernorm.weight",
                        Weight.AFTER_FFN_NORM, "model.layers.{layer}.post_feedforward_layernorm.weight"),
                Set.of());
    }

    /** Soft caps, a window on every other layer, four norms. Gemma Team, <a href="https://arxiv.org/abs/2408.00118">2024</a>. */
    private static ModelAdapter gemma2() {
        return family(
                "Gemma2ForCausalLM",
                gemmaNames(),
                (config, weights) -> gemma(config, weights)
                        .activation("hidden_activation")
                        .queryScalar(256)
                        .caps(50, 30)
                        .windows(layer -> layer % 2 == 0)
                        .spec());
    }

    /** A window on five of six layers, which rotate otherwise. Gemma Team, <a href="https://arxiv.org/abs/2503.19786">2025</a>. */
    private static ModelAdapter gemma3() {
        return family("Gemma3ForCausalLM", names(gemmaNames(), HEAD_NORMS, Set.of()), (config, weights) -> {
            int pattern = config.integer("sliding_window_pattern", 1, 512, 6);
            return gemma(config, weights)
                    .activation("hidden_activation")
                    .queryScalar(256)
                    .caps(0, 0)
                    .windows(layer -> (layer + 1) % pattern != 0)
                    .localRotary(1_000_000, 10_000)
                    .spec();
        });
    }

    /** Learned positions. Radford et al., <a href="https://openai.com/index/better-language-models/">2019</a>. */
    private static ModelAdapter gpt2() {
        Map<Weight, String> names = names(
                Map.of(
                        Weight.EMBEDDING, "transformer.wte.weight",
                        Weight.POSITIONS, "transformer.wpe.weight",
                        Weight.ATTENTION_NORM, "transformer.h.{layer}.ln_1.weight",
                        Weight.ATTENTION_NORM_BIAS, "transformer.h.{layer}.ln_1.bias",
                        Weight.QUERY_KEY_VALUE, "transformer.h.{layer}.attn.c_attn.weight",
                        Weight.QUERY_KEY_VALUE_BIAS, "transformer.h.{layer}.attn.c_attn.bias",
                        Weight.ATTENTION_OUT, "transformer.h.{layer}.attn.c_proj.weight",
                        Weight.ATTENTION_OUT_BIAS, "transformer.h.{layer}.attn.c_proj.bias"),
                Map.of(
                        Weight.FFN_NORM, "transformer.h.{layer}.ln_2.weight",
                        Weight.FFN_NORM_BIAS, "transformer.h.{layer}.ln_2.bias",
                        Weight.UP, "transformer.h.{layer}.mlp.c_fc.weight",
                        Weight.UP_BIAS, "transformer.h.{layer}.mlp.c_fc.bias",
                        Weight.DOWN, "transformer.h.{layer}.mlp.c_proj.weight",
                        Weight.DOWN_BIAS, "transformer.h.{layer}.mlp.c_proj.bias",
                        Weight.FINAL_NORM, "transformer.ln_f.weight",
                        Weight.FINAL_NORM_BIAS, "transformer.ln_f.bias",
                        Weight.HEAD, "lm_head.weight"),
                Set.of());
        Map<Weight, StoredWeights.Layout> layout = Map.of(
                Weight.QUERY_KEY_VALUE, TRANSPOSED,
                Weight.ATTENTION_OUT, TRANSPOSED,
                Weight.UP, TRANSPOSED,
                Weight.DOWN, TRANSPOSED);
        return new ModelAdapter("GPT2LMHeadModel", names, layout, (config, weights) -> {
            config.requireAbsentOr("scale_attn_weights", true);
            config.requireAbsentOr("scale_attn_by_inverse_layer_idx", false);
            ModelConfig renamed = config.renamed(Map.of(
                    "n_embd",
                    "hidden_size",
                    "n_head",
                    "num_attention_heads",
                    "n_layer",
                    "num_hidden_layers",
                    "n_positions",
                    "max_position_embeddings",
                    "n_inner",
                    "intermediate_size"));
            return new DecoderReader(renamed, weights)
                    .tiedUnlessTold()
                    .layerNorm("layer_norm_epsilon")
                    .activation("activation_function")
                    .innerUnlessTold(4)
                    .learnedPositions()
                    .spec();
        });
    }

    /** Parallel residual, part of a head rotated; Pythia. Black et al., <a href="https://arxiv.org/abs/2204.06745">2022</a>. */
    private static ModelAdapter gptNeoX() {
        Map<Weight, String> names = names(
                Map.of(
                        Weight.EMBEDDING, "gpt_neox.embed_in.weight",
                        Weight.ATTENTION_NORM, "gpt_neox.layers.{layer}.input_layernorm.weight",
                        Weight.ATTENTION_NORM_BIAS, "gpt_neox.layers.{layer}.input_layernorm.bias",
                        Weight.QUERY_KEY_VALUE, "gpt_neox.layers.{layer}.attention.query_key_value.weight",
                        Weight.QUERY_KEY_VALUE_BIAS, "gpt_neox.layers.{layer}.attention.query_key_value.bias",
                        Weight.ATTENTION_OUT, "gpt_neox.layers.{layer}.attention.dense.weight",
                        Weight.ATTENTION_OUT_BIAS, "gpt_neox.layers.{layer}.attention.dense.bias",
                        Weight.FFN_NORM, "gpt_neox.layers.{layer}.post_attention_layernorm.weight",
                        Weight.FFN_NORM_BIAS, "gpt_neox.layers.{layer}.post_attention_layernorm.bias"),
                Map.of(
                        Weight.UP, "gpt_neox.layers.{layer}.mlp.dense_h_to_4h.weight",
                        Weight.UP_BIAS, "gpt_neox.layers.{layer}.mlp.dense_h_to_4h.bias",
                        Weight.DOWN, "gpt_neox.layers.{layer}.mlp.dense_4h_to_h.weight",
                        Weight.DOWN_BIAS, "gpt_neox.layers.{layer}.mlp.dense_4h_to_h.bias",
                        Weight.FINAL_NORM, "gpt_neox.final_layer_norm.weight",
                        Weight.FINAL_NORM_BIAS, "gpt_neox.final_layer_norm.bias",
                        Weight.HEAD, "embed_out.weight"),
                Set.of());
        Map<Weight, StoredWeights.Layout> layout =
                Map.of(Weight.QUERY_KEY_VALUE, INTERLEAVED, Weight.QUERY_KEY_VALUE_BIAS, INTERLEAVED);
        return new ModelAdapter("GPTNeoXForCausalLM", names, layout, (config, weights) -> {
            config.requireAbsentOr("attention_bias", true);
            ModelConfig renamed =
                    config.renamed(Map.of("rotary_pct", "partial_rotary_factor", "rotary_emb_base", "rope_theta"));
            return new DecoderReader(renamed, weights)
                    .layerNorm("layer_norm_eps")
                    .activation("hidden_act")
                    .rotaryPart(0.25)
                    .parallel(config.flag("use_parallel_residual", true))
                    .spec();
        });
    }

    /** Norms after, not before, and on queries and keys as wholes. OLMo Team, <a href="https://arxiv.org/abs/2501.00656">2024</a>. */
    private static ModelAdapter olmo2() {
        Map<Weight, String> after = names(
                HEAD_NORMS,
                Map.of(
                        Weight.AFTER_ATTENTION_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
                        Weight.AFTER_FFN_NORM, "model.layers.{layer}.post_feedforward_layernorm.weight"),
                Set.of());
        Map<Weight, String> names = names(NAMES, after, Set.of(Weight.ATTENTION_NORM, Weight.FFN_NORM));
        return family("Olmo2ForCausalLM", names, (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return new DecoderReader(config, weights)
                    .activation("hidden_act")
                    .wideHeadNorm()
                    .spec();
        });
    }

    /** Two of eight experts for each token. Jiang et al., <a href="https://arxiv.org/abs/2401.04088">2024</a>. */
    private static ModelAdapter mixtral() {
        Map<Weight, String> names = names(
                NAMES,
                Map.of(
                        Weight.ROUTER, "model.layers.{layer}.block_sparse_moe.gate.weight",
                        Weight.EXPERT_GATE, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w1.weight",
                        Weight.EXPERT_UP, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w3.weight",
                        Weight.EXPERT_DOWN, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w2.weight"),
                FFN);
        return family(
                "MixtralForCausalLM",
                names,
                (config, weights) -> new DecoderReader(config, weights)
                        .activation("hidden_act")
                        .windows(layer -> true)
                        .experts(new Experts(
                                config.integer("num_local_experts", 1, 1024),
                                config.integer("num_experts_per_tok", 1, 1024),
                                config.integer("intermediate_size", 1, 1 << 19),
                                0,
                                true))
                        .spec());
    }

    private static Map<Weight, String> qwenMoeNames() {
        return Map.of(
                Weight.ROUTER, "model.layers.{layer}.mlp.gate.weight",
                Weight.EXPERT_GATE, "model.layers.{layer}.mlp.experts.{expert}.gate_proj.weight",
                Weight.EXPERT_UP, "model.layers.{layer}.mlp.experts.{expert}.up_proj.weight",
                Weight.EXPERT_DOWN, "model.layers.{layer}.mlp.experts.{expert}.down_proj.weight");
    }

    private static Experts qwenExperts(ModelConfig config, int sharedSize) {
        config.requireAbsentOr("decoder_sparse_step", 1);
        config.requireEmpty("mlp_only_layers");
        return new Experts(
                // Transformers 5 writes the other name for some of these models.
                config.renamed(Map.of("num_local_experts", "num_experts")).integer("num_experts", 1, 1024),
                config.integer("num_experts_per_tok", 1, 1024),
                config.integer("moe_intermediate_size", 1, 1 << 19),
                sharedSize,
                config.flag("norm_topk_prob"));
    }

    /** Routed experts and one that sees every token. */
    private static ModelAdapter qwen2Moe() {
        Map<Weight, String> shared = names(
                qwenMoeNames(),
                Map.of(
                        Weight.SHARED_GATE, "model.layers.{layer}.mlp.shared_expert.gate_proj.weight",
                        Weight.SHARED_UP, "model.layers.{layer}.mlp.shared_expert.up_proj.weight",
                        Weight.SHARED_DOWN, "model.layers.{layer}.mlp.shared_expert.down_proj.weight",
                        Weight.SHARED_SHARE, "model.layers.{layer}.mlp.shared_expert_gate.weight"),
                Set.of());
        Map<Weight, String> names = names(names(NAMES, ATTENTION_BIASES, Set.of()), shared, FFN);
        return family("Qwen2MoeForCausalLM", names, (config, weights) -> {
            config.requireAbsentOr("qkv_bias", true);
            return qwen(config, weights)
                    .experts(qwenExperts(config, config.integer("shared_expert_intermediate_size", 1, 1 << 19)))
                    .spec();
        });
    }

    private static ModelAdapter qwen3Moe() {
        Map<Weight, String> names = names(names(NAMES, HEAD_NORMS, Set.of()), qwenMoeNames(), FFN);
        return family("Qwen3MoeForCausalLM", names, (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return qwen(config, weights).experts(qwenExperts(config, 0)).spec();
        });
    }

    private static ModelAdapter family(
            String architecture, Map<Weight, String> names, BiFunction<ModelConfig, Set<Weight>, ModelSpec> reader) {
        return new ModelAdapter(architecture, names, Map.of(), reader);
    }

    /** Names with others added or in place of them, and without some. */
    private static Map<Weight, String> names(
            Map<Weight, String> names, Map<Weight, String> others, Set<Weight> without) {
        Map<Weight, String> all = new EnumMap<>(Weight.class);
        all.putAll(names);
        all.keySet().removeAll(without);
        all.putAll(others);
        return all;
    }
}
