package dev.sublinear.model.family;

import dev.sublinear.model.DecoderArchitecture.Activation;
import dev.sublinear.model.Weight;
import java.util.Map;
import java.util.Set;

/** Gemma 1 to 3: norms that multiply by 1 + w, a scaled embedding, and later more norms, soft caps and windows. */
final class GemmaFamily {
    private static final TensorNames FOUR_NORMS = TensorNames.LLAMA.with(Map.of(
            Weight.AFTER_ATTENTION_NORM, "model.layers.{layer}.post_attention_layernorm.weight",
            Weight.FFN_NORM, "model.layers.{layer}.pre_feedforward_layernorm.weight",
            Weight.AFTER_FFN_NORM, "model.layers.{layer}.post_feedforward_layernorm.weight"));

    private GemmaFamily() {}

    /** Gemma Team, <a href="https://arxiv.org/abs/2403.08295">2024</a>. */
    static ModelAdapter gemma() {
        return ModelAdapter.of(
                "GemmaForCausalLM",
                "gemma",
                TensorNames.LLAMA,
                (config, weights) ->
                        // Its first config.json named another activation than the one that it was trained with.
                        reader(config, weights).activation(Activation.GELU_TANH).spec());
    }

    /** Soft caps, a window on every other layer, four norms. Gemma Team, <a href="https://arxiv.org/abs/2408.00118">2024</a>. */
    static ModelAdapter gemma2() {
        return ModelAdapter.of(
                "Gemma2ForCausalLM",
                "gemma2",
                FOUR_NORMS,
                (config, weights) -> reader(config, weights)
                        .activation("hidden_activation")
                        .queryScalar(256)
                        .caps(50, 30)
                        .windows(layer -> layer % 2 == 0)
                        .spec());
    }

    /** A window on five of six layers, which rotate by another base. Gemma Team, <a href="https://arxiv.org/abs/2503.19786">2025</a>. */
    static ModelAdapter gemma3() {
        TensorNames names = FOUR_NORMS.with(TensorNames.HEAD_NORMS);
        return ModelAdapter.of("Gemma3ForCausalLM", "gemma3_text", names, (config, weights) -> {
            int pattern = config.integer("sliding_window_pattern", 1, 512, 6);
            return reader(config, weights)
                    .activation("hidden_activation")
                    .queryScalar(256)
                    .caps(0, 0)
                    .windows(layer -> (layer + 1) % pattern != 0)
                    .localRotary(1_000_000, 10_000)
                    .spec();
        });
    }

    private static DecoderReader reader(ModelConfig config, Set<Weight> weights) {
        config.requireAbsentOr("attention_bias", false);
        return new DecoderReader(config, weights).tiedByDefault().normOffset(1).scaledEmbedding();
    }
}
