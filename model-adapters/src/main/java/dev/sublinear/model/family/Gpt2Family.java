package dev.sublinear.model.family;

import static dev.sublinear.model.checkpoint.StoredWeights.Layout.TRANSPOSED;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.StoredWeights.Layout;
import java.util.Map;

/** GPT-2: learned positions. Radford et al., <a href="https://openai.com/index/better-language-models/">2019</a>. */
final class Gpt2Family {
    private static final TensorNames NAMES = new TensorNames(Map.of(
                    Weight.EMBEDDING, "transformer.wte.weight",
                    Weight.POSITIONS, "transformer.wpe.weight",
                    Weight.FINAL_NORM, "transformer.ln_f.weight",
                    Weight.FINAL_NORM_BIAS, "transformer.ln_f.bias",
                    Weight.HEAD, "lm_head.weight"))
            .with(Map.of(
                    Weight.ATTENTION_NORM, "transformer.h.{layer}.ln_1.weight",
                    Weight.ATTENTION_NORM_BIAS, "transformer.h.{layer}.ln_1.bias",
                    Weight.QUERY_KEY_VALUE, "transformer.h.{layer}.attn.c_attn.weight",
                    Weight.QUERY_KEY_VALUE_BIAS, "transformer.h.{layer}.attn.c_attn.bias",
                    Weight.ATTENTION_OUT, "transformer.h.{layer}.attn.c_proj.weight",
                    Weight.ATTENTION_OUT_BIAS, "transformer.h.{layer}.attn.c_proj.bias"))
            .with(Map.of(
                    Weight.FFN_NORM, "transformer.h.{layer}.ln_2.weight",
                    Weight.FFN_NORM_BIAS, "transformer.h.{layer}.ln_2.bias",
                    Weight.UP, "transformer.h.{layer}.mlp.c_fc.weight",
                    Weight.UP_BIAS, "transformer.h.{layer}.mlp.c_fc.bias",
                    Weight.DOWN, "transformer.h.{layer}.mlp.c_proj.weight",
                    Weight.DOWN_BIAS, "transformer.h.{layer}.mlp.c_proj.bias"));
    private static final Map<Weight, Layout> LAYOUT = Map.of(
            Weight.QUERY_KEY_VALUE, TRANSPOSED,
            Weight.ATTENTION_OUT, TRANSPOSED,
            Weight.UP, TRANSPOSED,
            Weight.DOWN, TRANSPOSED);

    private Gpt2Family() {}

    static ModelAdapter gpt2() {
        return new ModelAdapter("GPT2LMHeadModel", "gpt2", NAMES.names(), LAYOUT, (config, weights) -> {
            config.requireAbsentOr("scale_attn_weights", true);
            config.requireAbsentOr("scale_attn_by_inverse_layer_idx", false);
            ModelConfig renamed = config.renamed(Map.of(
                    "n_embd", "hidden_size",
                    "n_head", "num_attention_heads",
                    "n_layer", "num_hidden_layers",
                    "n_positions", "max_position_embeddings",
                    "n_inner", "intermediate_size"));
            return new DecoderReader(renamed, weights)
                    .tiedByDefault()
                    .layerNorm("layer_norm_epsilon")
                    .activation("activation_function")
                    .defaultIntermediate(4)
                    .learnedPositions()
                    .spec();
        });
    }
}
