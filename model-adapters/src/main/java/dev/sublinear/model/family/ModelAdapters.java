package dev.sublinear.model.family;

import static dev.sublinear.model.checkpoint.CheckpointException.quote;

import java.util.List;
import java.util.Optional;

/** The families that can be read. A new one is a file beside this one, a line here, and a golden. */
public final class ModelAdapters {
    private static final List<ModelAdapter> KNOWN = List.of(
            LlamaFamily.llama(),
            MistralFamily.mistral(),
            QwenFamily.qwen2(),
            QwenFamily.qwen3(),
            Phi3Family.phi3(),
            GemmaFamily.gemma(),
            GemmaFamily.gemma2(),
            GemmaFamily.gemma3(),
            Gpt2Family.gpt2(),
            GptNeoXFamily.gptNeoX(),
            Olmo2Family.olmo2(),
            MistralFamily.mixtral(),
            QwenFamily.qwen2Moe(),
            QwenFamily.qwen3Moe());

    private ModelAdapters() {}

    /** Returns the family of a {@code model_type} as transformers' AutoModelForCausalLM would, if it is a known one. */
    static Optional<String> family(String modelType) {
        return KNOWN.stream()
                .filter(adapter -> adapter.modelType().equals(modelType))
                .map(ModelAdapter::family)
                .findFirst();
    }

    /** Returns the adapter of the family that config.json names. */
    public static ModelAdapter of(ModelConfig config) {
        String family = config.family();
        return KNOWN.stream()
                .filter(adapter -> adapter.family().equals(family))
                .findFirst()
                .orElseThrow(() -> config.refuse("\"architectures\" must be one of "
                        + KNOWN.stream().map(ModelAdapter::family).toList() + ", was " + quote(family)));
    }
}
