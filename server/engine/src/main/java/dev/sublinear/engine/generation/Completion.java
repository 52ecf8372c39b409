package dev.sublinear.engine.generation;

import dev.sublinear.engine.model.CacheUsage;
import java.util.List;

/**
 * The end of a request.
 *
 * @param promptTokens tokens of the prompt
 * @param cachedTokens how many of them had been read before, for another request
 * @param choices in order
 */
public record Completion(int promptTokens, int cachedTokens, List<Choice> choices, Timing timing) {

    /**
     * The end of a choice.
     *
     * @param generatedTokens tokens chosen, with the one that ended it
     * @param drafts of what may come next
     * @param cache as it was at the end
     */
    public record Choice(FinishReason reason, int generatedTokens, Drafts drafts, CacheUsage cache) {}

    /**
     * Where the time went, in nanoseconds.
     *
     * @param queued from arrival to admission
     * @param prefill from there to the first token
     * @param decode from there to the last token
     */
    public record Timing(long queued, long prefill, long decode) {}

    public Completion {
        choices = List.copyOf(choices);
    }

    public boolean isCancelled() {
        return choices.stream().anyMatch(choice -> choice.reason() == FinishReason.CANCELLED);
    }

    /** Tokens of all choices together. */
    public int generatedTokens() {
        return choices.stream().mapToInt(Choice::generatedTokens).sum();
    }

    /** The cache of the first choice. */
    public CacheUsage cache() {
        return choices.get(0).cache();
    }
}
