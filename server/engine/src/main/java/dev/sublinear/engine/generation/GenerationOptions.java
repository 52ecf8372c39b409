package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.GenerationRequest.LogprobsWanted;
import dev.sublinear.engine.generation.GenerationRequest.Stops;
import dev.sublinear.engine.sampling.InvalidParameterException;
import dev.sublinear.engine.sampling.SamplingParams;
import dev.sublinear.kvcache.EvictionPolicy;

/**
 * How answers are generated; a request adds the prompt.
 *
 * @param choices answers to each prompt
 * @param minTokens fewest tokens of an answer
 * @param sampling how each token is chosen
 * @param stops what ends an answer before its length does
 * @param logprobs which tokens' probabilities are told
 * @param policy what the cache keeps
 */
public record GenerationOptions(
        int choices,
        int minTokens,
        SamplingParams sampling,
        Stops stops,
        LogprobsWanted logprobs,
        EvictionPolicy policy) {

    /** Most tokens of an answer to a request without a length. */
    public static final int MOST_IF_UNSAID = 4096;

    /** One answer that the model ends. */
    public static GenerationOptions of(SamplingParams sampling, EvictionPolicy policy) {
        return new GenerationOptions(1, 0, sampling, Stops.BY_MODEL, LogprobsWanted.NONE, policy);
    }

    /**
     * Returns a request for answers to a prompt.
     *
     * @param prompt token ids; not to be changed any more
     * @throws InvalidParameterException if the answers may not be as long as they must
     */
    public GenerationRequest request(int[] prompt, int maxTokens) {
        InvalidParameterException.require(maxTokens >= 0, "max_tokens", "at least 1", maxTokens);
        InvalidParameterException.require(
                minTokens <= maxTokens, "min_tokens", "at most max_tokens, " + maxTokens, minTokens);
        return GenerationRequest.of(prompt, maxTokens, this);
    }

    /**
     * Returns a request for answers to a prompt that have as many tokens as there is room for in a context, up to a number.
     *
     * @param context most tokens that the model can read
     */
    public GenerationRequest requestWithin(int context, int[] prompt, int atMost) {
        return request(prompt, Math.max(1, Math.min(context - prompt.length, atMost)));
    }

    public GenerationOptions withChoices(int other) {
        return new GenerationOptions(other, minTokens, sampling, stops, logprobs, policy);
    }

    public GenerationOptions with(SamplingParams other) {
        return new GenerationOptions(choices, minTokens, other, stops, logprobs, policy);
    }

    public GenerationOptions with(Stops other) {
        return new GenerationOptions(choices, minTokens, sampling, other, logprobs, policy);
    }

    public GenerationOptions with(LogprobsWanted other) {
        return new GenerationOptions(choices, minTokens, sampling, stops, other, policy);
    }

    public GenerationOptions with(EvictionPolicy other) {
        return new GenerationOptions(choices, minTokens, sampling, stops, logprobs, other);
    }

    public GenerationOptions withMinTokens(int min) {
        return new GenerationOptions(choices, min, sampling, stops, logprobs, policy);
    }
}
