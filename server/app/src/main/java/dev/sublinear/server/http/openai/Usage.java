package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.engine.generation.Completion;
import dev.sublinear.engine.model.CacheUsage;
import java.util.List;

/** The tokens that a completion took, and what its cache kept: pruning is never silent. */
public record Usage(
        @JsonProperty("prompt_tokens") int promptTokens,
        @JsonProperty("completion_tokens") int completionTokens,
        @JsonProperty("total_tokens") int totalTokens,
        @JsonProperty("prompt_tokens_details") PromptDetails promptTokensDetails,
        @JsonProperty("completion_tokens_details") CompletionDetails completionTokensDetails,
        @JsonProperty("kv_cache") Cache kvCache) {

    /** The number of prompt tokens that had been read before. */
    public record PromptDetails(
            @JsonProperty("cached_tokens") int cachedTokens) {}

    /**
     * What generated tokens were.
     *
     * @param reasoningTokens thoughts
     * @param acceptedPredictionTokens guessed by prompt lookup, and right
     * @param rejectedPredictionTokens guessed and wrong: these are not among the generated
     */
    public record CompletionDetails(
            @JsonProperty("reasoning_tokens") int reasoningTokens,
            @JsonProperty("accepted_prediction_tokens") int acceptedPredictionTokens,
            @JsonProperty("rejected_prediction_tokens") int rejectedPredictionTokens) {}

    /** Tokens in a layer, and bytes of all layers, when generation ended; all choices together. */
    public record Cache(
            @JsonProperty("seen_tokens") int seenTokens,
            @JsonProperty("retained_tokens") int retainedTokens,
            @JsonProperty("evicted_tokens") int evictedTokens,
            long bytes) {}

    /** The sum over all choices of these completions. */
    public static Usage of(List<Completion> completions) {
        int prompt = 0;
        int cached = 0;
        int generated = 0;
        int accepted = 0;
        int rejected = 0;
        int seen = 0;
        int retained = 0;
        int evicted = 0;
        long bytes = 0;
        for (Completion completion : completions) {
            prompt += completion.promptTokens();
            cached += completion.cachedTokens();
            generated += completion.generatedTokens();
            for (Completion.Choice choice : completion.choices()) {
                accepted += choice.drafts().accepted();
                rejected += choice.drafts().rejected();
                CacheUsage cache = choice.cache();
                seen += cache.seen();
                retained += cache.retained();
                evicted += cache.evicted();
                bytes += cache.bytes();
            }
        }
        return new Usage(
                prompt,
                generated,
                prompt + generated,
                new PromptDetails(cached),
                new CompletionDetails(0, accepted, rejected),
                new Cache(seen, retained, evicted, bytes));
    }

    /** Returns the same with this number of tokens of thoughts. */
    public Usage thinking(int tokens) {
        return new Usage(
                promptTokens,
                completionTokens,
                totalTokens,
                promptTokensDetails,
                new CompletionDetails(
                        tokens,
                        completionTokensDetails.acceptedPredictionTokens(),
                        completionTokensDetails.rejectedPredictionTokens()),
                kvCache);
    }
}
