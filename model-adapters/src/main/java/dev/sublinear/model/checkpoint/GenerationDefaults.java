package dev.sublinear.model.checkpoint;

import dev.sublinear.model.ModelSpec;

/**
 * The sampling that the makers of a checkpoint recommend in generation_config.json. The stop ids of that file are among
 * {@link ModelSpec#stopIds}.
 *
 * @param temperature the divisor of logits; 1 if absent
 * @param topP the probability that the likeliest tokens together must reach; 1, for all tokens, if absent
 * @param topK the number of likeliest tokens; 0, for all, if absent
 * @param minP the least probability, as a share of the likeliest token's; 0, for all tokens, if absent
 * @param repetitionPenalty the divisor of the logits of tokens that have occurred; 1, for none, if absent
 */
public record GenerationDefaults(double temperature, double topP, int topK, double minP, double repetitionPenalty) {
    /** Changes nothing. */
    public static final GenerationDefaults NONE = new GenerationDefaults(1, 1, 0, 0, 1);
}
