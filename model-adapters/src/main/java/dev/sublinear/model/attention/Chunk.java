package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import dev.sublinear.kvcache.AttentionStep;
import dev.sublinear.kvcache.LayerCache;
import dev.sublinear.kvcache.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Some tokens of one sequence that one layer attends at once. To be {@link #claim claimed} before they are attended, and {@link
 * #settle settled} afterwards; in between they have in each head the rows from {@link LayerCache#row} of their positions on.
 *
 * @param first which token of the step is the first
 * @param position of it in the sequence
 * @param window how many of the newest tokens the layer attends to, 0 for all
 */
public record Chunk(LayerCache cache, int first, int tokens, int position, int window) {
    /** Of {@link #wants}: the attention weights of each row are added to its state. */
    public static final int ADD_WEIGHTS = 1;

    /** Of {@link #wants}: the attention weights are returned. */
    public static final int RETURN_WEIGHTS = 2;

    /** Of {@link #wants}: the queries are returned. */
    public static final int RETURN_QUERIES = 4;

    /** Of {@link #wants}: the queries are written among the newest that the cache keeps. */
    public static final int KEEP_QUERIES = 8;

    /** Returns as many of the tokens from {@code first} up to {@code end} as the cache can take at once. */
    public static Chunk next(LayerCache cache, int first, int end, int window) {
        return new Chunk(cache, first, cache.nextChunk(end - first), cache.seen(), window);
    }

    /** Returns the newest token that the cache holds, to attend for it once more. */
    public static Chunk newest(LayerCache cache, int window) {
        return new Chunk(cache, 0, 1, cache.seen() - 1, window);
    }

    /** Takes room for the tokens in the cache. */
    public void claim() {
        cache.claim(tokens);
    }

    public int end() {
        return first + tokens;
    }

    /** How many tokens that head holds which holds most, these among them. */
    public int held() {
        return cache.longest() - (cache.seen() - position) + tokens;
    }

    /** How many groups of heads the cache has that hold equally many tokens: one of all heads, or each head alone. */
    public int groups() {
        return cache.isByHead() ? cache.heads() : 1;
    }

    /** The place of each row's token in the sequence; anything if the layer has no window, which alone reads it. */
    public NDArray positions() {
        return window > 0 ? cache.positions() : cache.tensors().keys();
    }

    /**
     * What the cache wants of attention: a set of {@link #ADD_WEIGHTS} and {@link #KEEP_QUERIES} where that is all, else of {@link
     * #RETURN_WEIGHTS} and {@link #RETURN_QUERIES}.
     */
    public int wants() {
        if (cache.settlesInPlace()) {
            return (cache.sumsAttention() ? ADD_WEIGHTS : 0) | (cache.queries() > 0 ? KEEP_QUERIES : 0);
        }
        return (cache.wants(Signal.ATTENTION_WEIGHTS) ? RETURN_WEIGHTS : 0)
                | (cache.wants(Signal.QUERIES) ? RETURN_QUERIES : 0);
    }

    /** Whether attention has to return something. */
    public boolean wantsSignals() {
        return (wants() & (RETURN_WEIGHTS | RETURN_QUERIES)) != 0;
    }

    /** Whether the cache must take its signals, or be trimmed, before it can take another chunk. */
    public boolean mustSettle() {
        return wantsSignals() || cache.mustTrim();
    }

    /**
     * Hands the cache the signals that it wants, and trims it if that is due.
     *
     * @param signals of which this chunk's come next: attention weights (h, tokens, rows) of each group of h heads, then queries
     *     (H, tokens * G, S)
     */
    public void settle(Iterator<NDArray> signals) {
        if (wantsSignals()) {
            cache.settle(steps(signals));
        } else {
            cache.settle();
        }
        cache.trim();
    }

    private List<AttentionStep> steps(Iterator<NDArray> signals) {
        List<Map<Signal, NDArray>> steps = new ArrayList<>();
        for (int group = 0; group < groups(); group++) {
            Map<Signal, NDArray> step = new EnumMap<>(Signal.class);
            if (cache.wants(Signal.ATTENTION_WEIGHTS)) {
                step.put(Signal.ATTENTION_WEIGHTS, signals.next());
            }
            steps.add(step);
        }
        if (cache.wants(Signal.QUERIES)) {
            NDArray queries = signals.next();
            int each = cache.heads() / groups();
            for (int group = 0; group < groups(); group++) {
                NDIndex heads = new NDIndex().addSliceDim((long) group * each, (group + 1L) * each);
                steps.get(group).put(Signal.QUERIES, groups() == 1 ? queries : queries.get(heads));
            }
        }
        return steps.stream().map(AttentionStep::new).toList();
    }
}
