package dev.sublinear.model.checkpoint;

import dev.sublinear.model.ModelSpec;

/**
 * How the makers of a checkpoint would have it sampled, from generation_config.json; what that does not say changes
 * nothing. Its stop ids are among {@link ModelSpec#stopIds}.
 *
 * @param temperature what logits are divided by; 1 if absent
 * @param topP the smallest set of likeliest tokens with this probability; 1, all, if absent
 * @param topK so many of the likeliest tokens; 0, all, if absent
 * @param minP this share of the likeliest token's probability; 0, all, if absent
 * @param repetitionPenalty 1, none, if absent
 */
public record GenerationDefaults(double temperature, double topP, int topK, double minP, double repetitionPenalty) {
    /** Changes nothing. */
    public static final GenerationDefaults NONE = new GenerationDefaults(1, 1, 0, 0, 1);
}
