package dev.sublinear.engine.model;

import dev.sublinear.kvcache.RetainedTokens;
import java.util.List;

/**
 * What a sequence consists of, and what its cache still holds of it.
 *
 * @param tokens of prompt and answer; the newest may not have been read yet
 * @param layers which of them each head of each layer holds, and how it ranks them
 */
@SuppressWarnings("ArrayRecordComponent") // for reading at once
public record HeldTokens(int[] tokens, List<RetainedTokens> layers) {}
