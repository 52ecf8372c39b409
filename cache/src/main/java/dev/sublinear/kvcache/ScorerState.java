package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;

/**
 * What a scorer remembers of a layer, for it to change in place. Everything is zero for a token just appended, and in a
 * new layer. The arrays are borrowed: neither close nor keep them.
 *
 * @param tokenState what it remembers of each token, float64, shape (kvHeads, rows), rows as in the attention step; (kvHeads,
 *     rows, n) if {@link Scorer#stateOfToken} is another number n than one
 * @param headState what it remembers of each head as a whole, float64, shape (kvHeads, {@link Scorer#stateOfHead})
 * @param seen how many tokens have been appended ever: the newest query stands at {@code seen - 1}
 * @param tokens how many of them this step brought: the queries in the attention weights
 */
public record ScorerState(NDArray tokenState, NDArray headState, int seen, int tokens) {}
