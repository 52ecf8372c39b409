package dev.sublinear.model.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * The numbers of a Llama that its weights do not tell, as config.json states them.
 *
 * @param feedForward the width between the two halves of the feed-forward network
 * @param tiedHead whether the output head is the embedding
 */
public record LlamaSizes(
        int vocabulary,
        int hidden,
        int layers,
        int queryHeads,
        int kvHeads,
        int headDim,
        int feedForward,
        int maxPositions,
        double ropeTheta,
        double normEpsilon,
        boolean tiedHead) {

    /** Reads config.json of a checkpoint directory. */
    public static LlamaSizes read(Path directory) {
        try {
            JsonNode config =
                    new ObjectMapper().readTree(directory.resolve("config.json").toFile());
            // transformers 5 moved rope_theta into rope_parameters.
            JsonNode rope = config.has("rope_parameters") ? config.get("rope_parameters") : config;
            return new LlamaSizes(
                    config.required("vocab_size").intValue(),
                    config.required("hidden_size").intValue(),
                    config.required("num_hidden_layers").intValue(),
                    config.required("num_attention_heads").intValue(),
                    config.required("num_key_value_heads").intValue(),
                    config.required("head_dim").intValue(),
                    config.required("intermediate_size").intValue(),
                    config.required("max_position_embeddings").intValue(),
                    rope.required("rope_theta").doubleValue(),
                    config.required("rms_norm_eps").doubleValue(),
                    config.required("tie_word_embeddings").booleanValue());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The query heads that share one key-value head. */
    int group() {
        return queryHeads / kvHeads;
    }
}
