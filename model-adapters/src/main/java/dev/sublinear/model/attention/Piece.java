package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Some tokens of one sequence that one layer attends at once. Its cache has claimed rows for them, in each head those from
 * {@link LayerCache#row} of their positions on.
 *
 * <p>What libtorch reads of a cache is a rectangle, (H, capacity, S): {@link #slot} and {@link #rows} take all heads to hold
 * equally many tokens.
 *
 * @param first which token of the step is the first
 * @param position of it in the sequence
 * @param window how many of the newest tokens the layer attends to, 0 for all
 */
public record Piece(LayerCache cache, int first, int tokens, int position, int window) {

    /** Claims room for as many of the tokens from {@code first} up to {@code end} as may be attended at once. */
    public static Piece claim(LayerCache cache, int first, int end, int window) {
        int tokens = cache.nextChunk(end - first);
        return new Piece(cache, first, tokens, cache.claim(tokens), window);
    }

    public int end() {
        return first + tokens;
    }

    /** The row of the first token in every head; valid until the cache is trimmed. */
    public int slot() {
        return cache.row(0, position);
    }

    /** The rows of every head that attention reads. */
    public int rows() {
        return KvShape.wholeBlocks(slot() + tokens);
    }

    public NDArray positions() {
        return positions(cache, window);
    }

    /** The place of each token in the sequence, (H, tokens held); anything if the layer has no window, which alone reads it. */
    public static NDArray positions(LayerCache cache, int window) {
        return window > 0 ? cache.view().positions() : cache.tensors().keys();
    }

    /** What the kernel shall do with the attention weights and the queries, in the numbers of {@code decoder.py}. */
    public int wishes() {
        return wishes(cache);
    }

    public static int wishes(LayerCache cache) {
        if (cache.sumsAttention()) {
            return 1;
        }
        return (cache.wants(Signal.ATTENTION_WEIGHTS) ? 2 : 0) + (cache.wants(Signal.QUERIES) ? 4 : 0);
    }

    /** Whether the cache must take its signals, or be trimmed, before it can take another piece. */
    public boolean mustSettle() {
        return wishes() > 1 || cache.mustTrim();
    }

    /** Hands the cache those of the signals that it wishes for, and trims it if that is due. */
    public void settle(Iterator<NDArray> signals) {
        if (wishes() <= 1) {
            cache.settle();
        } else {
            Map<Signal, NDArray> attention = new EnumMap<>(Signal.class);
            for (Signal signal : Signal.values()) { // in the order of decoder.py
                if (cache.wants(signal)) {
                    attention.put(signal, signals.next());
                }
            }
            cache.settle(new AttentionStep(attention));
        }
        cache.trim();
    }
}
