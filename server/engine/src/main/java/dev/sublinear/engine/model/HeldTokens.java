package dev.sublinear.engine.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.List;

/**
 * What a sequence consists of, and what its cache still holds of it.
 *
 * @param policy by which the cache decides what to keep
 * @param tokens of prompt and answer; the newest may not have been read yet
 * @param layers which of them each head of each layer holds, and how it ranks them
 */
@SuppressWarnings("ArrayRecordComponent") // for reading at once
public record HeldTokens(EvictionPolicy policy, int[] tokens, List<RetainedTokens> layers) {}
