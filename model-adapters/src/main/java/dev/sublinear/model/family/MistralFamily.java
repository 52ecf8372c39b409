package dev.sublinear.model.family;

import dev.sublinear.model.DecoderArchitecture.Experts;
import dev.sublinear.model.Weight;
import java.util.Map;

/** Mistral and Mixtral: Llama with a window on all layers, and with experts. */
final class MistralFamily {
    private MistralFamily() {}

    /** The first version has a window. Jiang et al., <a href="https://arxiv.org/abs/2310.06825">2023</a>. */
    static ModelAdapter mistral() {
        return ModelAdapter.of(
                "MistralForCausalLM",
                "mistral",
                TensorNames.LLAMA,
                (config, weights) -> new DecoderReader(config, weights)
                        .activation("hidden_act")
                        .windows(layer -> true)
                        .spec());
    }

    /** Two of eight experts for each token. Jiang et al., <a href="https://arxiv.org/abs/2401.04088">2024</a>. */
    static ModelAdapter mixtral() {
        TensorNames names = TensorNames.LLAMA
                .without(Weight.GATE, Weight.UP, Weight.DOWN)
                .with(Map.of(
                        Weight.ROUTER, "model.layers.{layer}.block_sparse_moe.gate.weight",
                        Weight.EXPERT_GATE, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w1.weight",
                        Weight.EXPERT_UP, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w3.weight",
                        Weight.EXPERT_DOWN, "model.layers.{layer}.block_sparse_moe.experts.{expert}.w2.weight"));
        return ModelAdapter.of(
                "MixtralForCausalLM",
                "mixtral",
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
}
