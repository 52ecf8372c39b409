package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Some tokens of one sequence that one layer attends at once. Its cache has claimed room for them.
 *
 * @param first which token of the step is the first
 * @param slot of the cache that it gets
 * @param seen its position in the sequence
 * @param rows of the cache that attention reads
 * @param window how many of the newest tokens the layer attends to, 0 for all
 */
public record Piece(LayerCache cache, int first, int tokens, int slot, int seen, int rows, int window) {

    /** Claims room for as many of the tokens from {@code first} up to {@code end} as may be attended at once. */
    public static Piece claim(LayerCache cache, int first, int end, int window) {
        int tokens = cache.nextPiece(end - first);
        int seen = cache.seen();
        int slot = cache.claim(tokens);
        return new Piece(cache, first, tokens, slot, seen, cache.rows(), window);
    }

    public int end() {
        return first + tokens;
    }

    public NDArray positions() {
        return positions(cache, window);
    }

    /** The place of each token in the sequence, (H, tokens held); anything if the layer has no window, which alone reads it. */
    public static NDArray positions(LayerCache cache, int window) {
        return window > 0 ? cache.positions() : cache.storage().keys();
    }

    /** What the kernel shall do with the attention weights and the queries, in the numbers of {@code decoder.py}. */
    public int wishes() {
        return wishes(cache);
    }

    public static int wishes(LayerCache cache) {
        if (cache.wantsSum()) {
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
        if (cache.wantsSum()) {
            cache.summed();
        } else if (wishes() > 0) {
            Map<Signal, NDArray> attention = new EnumMap<>(Signal.class);
            for (Signal signal : Signal.values()) { // in the order of decoder.py
                if (cache.wants(signal)) {
                    attention.put(signal, signals.next());
                }
            }
            cache.observe(new AttentionStep(attention));
        }
        cache.trim();
    }
}
