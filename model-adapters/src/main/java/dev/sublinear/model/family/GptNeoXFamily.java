package dev.sublinear.model.family;

import static dev.sublinear.model.checkpoint.StoredWeights.Layout.INTERLEAVED;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.StoredWeights.Layout;
import java.util.Map;

/** GPT-NeoX and Pythia: parallel residual, part of a head rotated. Black et al., <a href="https://arxiv.org/abs/2204.06745">2022</a>. */
final class GptNeoXFamily {
    private static final TensorNames NAMES = new TensorNames(Map.of(
                    Weight.EMBEDDING, "gpt_neox.embed_in.weight",
                    Weight.FINAL_NORM, "gpt_neox.final_layer_norm.weight",
                    Weight.FINAL_NORM_BIAS, "gpt_neox.final_layer_norm.bias",
                    Weight.HEAD, "embed_out.weight"))
            .with(Map.of(
                    Weight.ATTENTION_NORM, "gpt_neox.layers.{layer}.input_layernorm.weight",
                    Weight.ATTENTION_NORM_BIAS, "gpt_neox.layers.{layer}.input_layernorm.bias",
                    Weight.QUERY_KEY_VALUE, "gpt_neox.layers.{layer}.attention.query_key_value.weight",
                    Weight.QUERY_KEY_VALUE_BIAS, "gpt_neox.layers.{layer}.attention.query_key_value.bias",
                    Weight.ATTENTION_OUT, "gpt_neox.layers.{layer}.attention.dense.weight",
                    Weight.ATTENTION_OUT_BIAS, "gpt_neox.layers.{layer}.attention.dense.bias"))
            .with(Map.of(
                    Weight.FFN_NORM, "gpt_neox.layers.{layer}.post_attention_layernorm.weight",
                    Weight.FFN_NORM_BIAS, "gpt_neox.layers.{layer}.post_attention_layernorm.bias",
                    Weight.UP, "gpt_neox.layers.{layer}.mlp.dense_h_to_4h.weight",
                    Weight.UP_BIAS, "gpt_neox.layers.{layer}.mlp.dense_h_to_4h.bias",
                    Weight.DOWN, "gpt_neox.layers.{layer}.mlp.dense_4h_to_h.weight",
                    Weight.DOWN_BIAS, "gpt_neox.layers.{layer}.mlp.dense_4h_to_h.bias"));
    private static final Map<Weight, Layout> LAYOUT =
            Map.of(Weight.QUERY_KEY_VALUE, INTERLEAVED, Weight.QUERY_KEY_VALUE_BIAS, INTERLEAVED);

    private GptNeoXFamily() {}

    static ModelAdapter gptNeoX() {
        return new ModelAdapter("GPTNeoXForCausalLM", "gpt_neox", NAMES.names(), LAYOUT, (config, weights) -> {
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
}
