package dev.sublinear.server.engine;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.server.sampling.SamplingParams;
import java.util.List;

/**
 * What to generate.
 *
 * @param prompt token ids; not to be changed any more
 * @param maxTokens at most so many are generated
 * @param sampling how each is chosen
 * @param stops generation ends before any of these texts
 * @param policy what the cache keeps
 * @param arrivedNanos when the request came, by {@link System#nanoTime}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record GenerationRequest(
        int[] prompt,
        int maxTokens,
        SamplingParams sampling,
        List<String> stops,
        EvictionPolicy policy,
        long arrivedNanos) {

    /** The positions that the sequence may take. */
    long positions() {
        return (long) prompt.length + maxTokens;
    }
}
