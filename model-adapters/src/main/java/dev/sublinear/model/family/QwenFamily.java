package dev.sublinear.model.family;

import dev.sublinear.model.DecoderArchitecture.Experts;
import dev.sublinear.model.Weight;
import java.util.Map;
import java.util.Set;

/** Qwen 2 and 3: Llama with biases or norms on queries and keys, dense and with experts. */
final class QwenFamily {
    private static final Map<Weight, String> EXPERTS = Map.of(
            Weight.ROUTER, "model.layers.{layer}.mlp.gate.weight",
            Weight.EXPERT_GATE, "model.layers.{layer}.mlp.experts.{expert}.gate_proj.weight",
            Weight.EXPERT_UP, "model.layers.{layer}.mlp.experts.{expert}.up_proj.weight",
            Weight.EXPERT_DOWN, "model.layers.{layer}.mlp.experts.{expert}.down_proj.weight");

    private QwenFamily() {}

    /** Biases on queries, keys and values. Yang et al., <a href="https://arxiv.org/abs/2407.10671">2024</a>. */
    static ModelAdapter qwen2() {
        return ModelAdapter.of(
                "Qwen2ForCausalLM",
                "qwen2",
                TensorNames.LLAMA.with(TensorNames.ATTENTION_BIASES),
                (config, weights) -> reader(config, weights).spec());
    }

    /** Norms on queries and keys in place of biases. Yang et al., <a href="https://arxiv.org/abs/2505.09388">2025</a>. */
    static ModelAdapter qwen3() {
        TensorNames names = TensorNames.LLAMA.with(TensorNames.HEAD_NORMS);
        return ModelAdapter.of("Qwen3ForCausalLM", "qwen3", names, (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return reader(config, weights).spec();
        });
    }

    /** Experts of which a router chooses some, and one that sees every token. */
    static ModelAdapter qwen2Moe() {
        TensorNames names = TensorNames.LLAMA
                .without(Weight.GATE, Weight.UP, Weight.DOWN)
                .with(TensorNames.ATTENTION_BIASES)
                .with(EXPERTS)
                .with(Map.of(
                        Weight.SHARED_GATE, "model.layers.{layer}.mlp.shared_expert.gate_proj.weight",
                        Weight.SHARED_UP, "model.layers.{layer}.mlp.shared_expert.up_proj.weight",
                        Weight.SHARED_DOWN, "model.layers.{layer}.mlp.shared_expert.down_proj.weight",
                        Weight.SHARED_SHARE, "model.layers.{layer}.mlp.shared_expert_gate.weight"));
        return ModelAdapter.of("Qwen2MoeForCausalLM", "qwen2_moe", names, (config, weights) -> {
            config.requireAbsentOr("qkv_bias", true);
            return reader(config, weights)
                    .experts(experts(config, config.integer("shared_expert_intermediate_size", 1, 1 << 19)))
                    .spec();
        });
    }

    static ModelAdapter qwen3Moe() {
        TensorNames names = TensorNames.LLAMA
                .without(Weight.GATE, Weight.UP, Weight.DOWN)
                .with(TensorNames.HEAD_NORMS)
                .with(EXPERTS);
        return ModelAdapter.of("Qwen3MoeForCausalLM", "qwen3_moe", names, (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return reader(config, weights).experts(experts(config, 0)).spec();
        });
    }

    private static DecoderReader reader(ModelConfig config, Set<Weight> weights) {
        int first = config.integer("max_window_layers", 0, 512, 28);
        return new DecoderReader(config, weights)
                .activation("hidden_act")
                .windows(layer -> config.flag("use_sliding_window") && layer >= first);
    }

    private static Experts experts(ModelConfig config, int sharedSize) {
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
}
