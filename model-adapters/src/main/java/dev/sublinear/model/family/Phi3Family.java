package dev.sublinear.model.family;

import dev.sublinear.model.Weight;
import java.util.Map;

/** Phi-3: Llama with fused matrices and LongRoPE. Abdin et al., <a href="https://arxiv.org/abs/2404.14219">2024</a>. */
final class Phi3Family {
    private Phi3Family() {}

    static ModelAdapter phi3() {
        TensorNames names = TensorNames.LLAMA
                .without(Weight.QUERY, Weight.KEY, Weight.VALUE, Weight.GATE, Weight.UP)
                .with(Map.of(
                        Weight.QUERY_KEY_VALUE, "model.layers.{layer}.self_attn.qkv_proj.weight",
                        Weight.GATE_UP, "model.layers.{layer}.mlp.gate_up_proj.weight"));
        return ModelAdapter.of(
                "Phi3ForCausalLM",
                "phi3",
                names,
                (config, weights) -> new DecoderReader(config, weights)
                        .activation("hidden_act")
                        .windows(layer -> true)
                        .spec());
    }
}
