package dev.sublinear.server.http.openai;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.sublinear.server.engine.CacheUsage;
import dev.sublinear.server.engine.Completion;

/** What a completion cost, and what its cache kept: pruning is never silent. */
public record Usage(
        @JsonProperty("prompt_tokens") int promptTokens,
        @JsonProperty("completion_tokens") int completionTokens,
        @JsonProperty("total_tokens") int totalTokens,
        @JsonProperty("prompt_tokens_details") PromptDetails promptTokensDetails,
        @JsonProperty("kv_cache") Cache kvCache) {

    /** How much of the prompt had been read before. */
    public record PromptDetails(
            @JsonProperty("cached_tokens") int cachedTokens) {}

    /** Tokens in a layer, and bytes of all layers, when generation ended. */
    public record Cache(
            @JsonProperty("seen_tokens") int seenTokens,
            @JsonProperty("retained_tokens") int retainedTokens,
            @JsonProperty("evicted_tokens") int evictedTokens,
            long bytes) {}

    public static Usage of(Completion completion) {
        CacheUsage cache = completion.cache();
        return new Usage(
                completion.promptTokens(),
                completion.generatedTokens(),
                completion.promptTokens() + completion.generatedTokens(),
                new PromptDetails(completion.cachedTokens()),
                new Cache(cache.seen(), cache.retained(), cache.evicted(), cache.bytes()));
    }
}
