package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import java.util.Set;

/**
 * Ranks the tokens of a layer: those with the lowest score are evicted first, of equals the older.
 *
 * <p>Stateless and shared; what it remembers of a token is that token's importance.
 */
public interface Scorer {

    /** The name by which configuration knows it, for example {@code heavy-hitter}. */
    String name();

    /** Returns the score of each token, any floating type, finite, shape (kvHeads, length). */
    NDArray score(LayerView layer);

    /** The signals that {@link #observe} reads. */
    default Set<Signal> needs() {
        return Set.of();
    }

    /**
     * Folds an attention call into the importance of the tokens, in place.
     *
     * <p>Called only when {@link #needs} asks for attention weights. How many tokens a call brings is an accident of
     * how they arrived, so the result must not depend on it.
     *
     * @param importance float64, shape (kvHeads, rows), rows as in the step
     */
    default void observe(NDArray importance, AttentionStep step) {}
}
