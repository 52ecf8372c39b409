package dev.sublinear.server.engine;

/**
 * The end of a sequence.
 *
 * @param promptTokens tokens of the prompt
 * @param generatedTokens tokens chosen, with the one that ended it
 * @param cache the cache as it was at the end
 */
public record Completion(FinishReason reason, int promptTokens, int generatedTokens, CacheUsage cache, Timing timing) {

    /**
     * Where the time went, in nanoseconds.
     *
     * @param queued from arrival to admission
     * @param prefill from there to the first token
     * @param decode from there to the last token
     */
    public record Timing(long queued, long prefill, long decode) {}
}
