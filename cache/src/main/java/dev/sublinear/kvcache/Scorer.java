package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import java.util.Set;

/**
 * Ranks the tokens of a layer: those with the lowest score are evicted first, of equals the older.
 *
 * <p>Stateless and shared: what it remembers lies in the layer that it scores.
 */
public interface Scorer {

    /** The name by which configuration knows it, for example {@code heavy-hitter}. */
    String name();

    /** How configuration writes it: the name, and the number if it has one to choose, as in {@code decay:0.98}. */
    default String text() {
        return name();
    }

    /** Returns the score of each token, any floating type, finite, shape (kvHeads, length). */
    NDArray score(LayerView layer);

    /** The signals that {@link #observe} reads. Attention need not hand over any other, and none costs nothing. */
    default Set<Signal> needs() {
        return Set.of();
    }

    /** How many numbers, 8 bytes each, it remembers of each token in each head. */
    default int stateOfToken() {
        return needs().contains(Signal.ATTENTION_WEIGHTS) ? 1 : 0;
    }

    /** How many numbers, 8 bytes each, it remembers of each head as a whole. */
    default int stateOfHead(int headDim) {
        return 0;
    }

    /**
     * How many of the newest tokens' queries a layer keeps for {@link LayerView#queries}: 4 · headDim bytes for each query head
     * and token, however many tokens are held.
     */
    default int queries() {
        return 0;
    }

    /**
     * Folds an attention call into what it remembers, in place.
     *
     * <p>Called only when {@link #needs} asks for something. How many tokens a call brings is an accident of how they
     * arrived, so the result must not depend on it.
     */
    default void observe(ScorerState state, AttentionStep step) {}

    /**
     * Whether {@link #observe} does nothing but add the attention that each token received, summed over the queries in
     * float64, to what is remembered of it. A kernel then does so itself, where the weights are.
     */
    default boolean sumsAttention() {
        return false;
    }
}
