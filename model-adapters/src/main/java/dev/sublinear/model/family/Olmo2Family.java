package dev.sublinear.model.family;

import dev.sublinear.model.Weight;
import java.util.Map;

/**
 * OLMo 2: norms after attention and feed-forward part instead of before, and on all queries and all keys together. OLMo Team,
 * <a href="https://arxiv.org/abs/2501.00656">2024</a>.
 */
final class Olmo2Family {
    private Olmo2Family() {}

    static ModelAdapter olmo2() {
        TensorNames names = TensorNames.LLAMA
                .without(Weight.ATTENTION_NORM, Weight.FFN_NORM)
                .with(TensorNames.HEAD_NORMS)
                .with(Map.of(
                        Weight.AFTER_ATTENTION_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
                        Weight.AFTER_FFN_NORM, "model.layers.{layer}.post_feedforward_layernorm.weight"));
        return ModelAdapter.of("Olmo2ForCausalLM", "olmo2", names, (config, weights) -> {
            config.requireAbsentOr("attention_bias", false);
            return new DecoderReader(config, weights)
                    .activation("hidden_act")
                    .wideHeadNorm()
                    .spec();
        });
    }
}
