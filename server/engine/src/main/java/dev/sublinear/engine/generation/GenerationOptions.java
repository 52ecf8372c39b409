package dev.sublinear.engine.generation;

import dev.sublinear.engine.drafting.Drafter;
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
 * @param promptLookup most tokens that are drafted for a step, of what followed the last time that prompt or answer read as they
 *     do now; 0 for none. Drafts change no answer, and cost no time where they turn out wrong too often
 */
public record GenerationOptions(
        int choices,
        int minTokens,
        SamplingParams sampling,
        Stops stops,
        LogprobsWanted logprobs,
        EvictionPolicy policy,
        int promptLookup) {

    /** Most tokens of an answer to a request without a length. */
    public static final int MOST_IF_UNSAID = 4096;

    public GenerationOptions {
        InvalidParameterException.require(
                promptLookup >= 0 && promptLookup <= Drafter.MOST_DRAFTED,
                "prompt_lookup",
                "from 0 to " + Drafter.MOST_DRAFTED,
                promptLookup);
    }

    /** One answer that the model ends, without drafts. */
    public static GenerationOptions of(SamplingParams sampling, EvictionPolicy policy) {
        return new GenerationOptions(1, 0, sampling, Stops.BY_MODEL, LogprobsWanted.NONE, policy, 0);
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
        return new GenerationOptions(other, minTokens, sampling, stops, logprobs, policy, promptLookup);
    }

    public GenerationOptions with(SamplingParams other) {
        return new GenerationOptions(choices, minTokens, other, stops, logprobs, policy, promptLookup);
    }

    public GenerationOptions with(Stops other) {
        return new GenerationOptions(choices, minTokens, sampling, other, logprobs, policy, promptLookup);
    }

    public GenerationOptions with(LogprobsWanted other) {
        return new GenerationOptions(choices, minTokens, sampling, stops, other, policy, promptLookup);
    }

    public GenerationOptions with(EvictionPolicy other) {
        return new GenerationOptions(choices, minTokens, sampling, stops, logprobs, other, promptLookup);
    }

    public GenerationOptions withMinTokens(int min) {
        return new GenerationOptions(choices, min, sampling, stops, logprobs, policy, promptLookup);
    }

    /** The same with up to this many drafted tokens in a step. */
    public GenerationOptions withPromptLookup(int most) {
        return new GenerationOptions(choices, minTokens, sampling, stops, logprobs, policy, most);
    }
}
