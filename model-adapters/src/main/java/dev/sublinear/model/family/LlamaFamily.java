package dev.sublinear.model.family;

import dev.sublinear.model.Weight;
import java.util.Map;

/** Llama and the models of its shape, such as SmolLM and TinyLlama. Touvron et al., <a href="https://arxiv.org/abs/2302.13971">2023</a>. */
final class LlamaFamily {
    private LlamaFamily() {}

    static ModelAdapter llama() {
        TensorNames names = TensorNames.LLAMA
                .with(TensorNames.ATTENTION_BIASES)
                .with(Map.of(
                        Weight.ATTENTION_OUT_BIAS, "model.layers.{layer}.self_attn.o_proj.bias",
                        Weight.GATE_BIAS, "model.layers.{layer}.mlp.gate_proj.bias",
                        Weight.UP_BIAS, "model.layers.{layer}.mlp.up_proj.bias",
                        Weight.DOWN_BIAS, "model.layers.{layer}.mlp.down_proj.bias"));
        return ModelAdapter.of("LlamaForCausalLM", "llama", names, (config, weights) -> {
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
}
