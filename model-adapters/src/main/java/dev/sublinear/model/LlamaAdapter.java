package dev.sublinear.model;

/**
 * Llama and what shares its shape, such as SmolLM and TinyLlama. Touvron et al., <a
 * href="https://arxiv.org/abs/2302.13971">2023</a>.
 */
final class LlamaAdapter implements ModelAdapter {

    @Override
    public String architecture() {
        return "LlamaForCausalLM";
    }

    @Override
    public ModelSpec spec(ModelConfig config) {
        config.requireAbsentOr("hidden_act", "silu");
        config.requireAbsentOr("attention_bias", false);
        config.requireAbsentOr("mlp_bias", false);
        config.requireAbsent("quantization_config");
        return config.decoderSpec();
    }

    @Override
    public String tensorName(Weight weight, int layer) {
        return switch (weight) {
            case EMBEDDING -> "model.embed_tokens.weight";
            case FINAL_NORM -> "model.norm.weight";
            case HEAD -> "lm_head.weight";
            default -> "model.layers." + layer + "." + inLayer(weight) + ".weight";
        };
    }

    private static String inLayer(Weight weight) {
        return switch (weight) {
            case ATTENTION_NORM -> "input_layernorm";
            case QUERY -> "self_attn.q_proj";
            case KEY -> "self_attn.k_proj";
            case VALUE -> "self_attn.v_proj";
            case ATTENTION_OUT -> "self_attn.o_proj";
            case FFN_NORM -> "post_attention_layernorm";
            case GATE -> "mlp.gate_proj";
            case UP -> "mlp.up_proj";
            case DOWN -> "mlp.down_proj";
            default -> throw new IllegalArgumentException(weight + " does not belong to a layer");
        };
    }
}
