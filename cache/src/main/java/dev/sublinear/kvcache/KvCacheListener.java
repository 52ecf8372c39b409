package dev.sublinear.kvcache;

/**
 * Hears what happens to one sequence's cache, on the thread that owns it. Must not throw.
 *
 * <p>Tokens retained and evicted are those of one key-value head, of the one that holds, or lost, most.
 */
public interface KvCacheListener {

    /** Hears nothing. */
    KvCacheListener NONE = new KvCacheListener() {};

    /** A layer has taken tokens in: it has seen {@code seen} ever, and holds {@code retained}. */
    default void onAppended(int layer, int seen, int retained) {}

    /** A layer has outgrown its budget, and its trim begins. */
    default void onTrimming(int layer) {}

    /** A layer has been trimmed: it lost {@code evicted} tokens, and holds {@code retained}. */
    default void onTrimmed(int layer, int evicted, int retained) {}

    /**
     * What a trim cost: the share of the attention remembered in the layer, in (0, 1), that the evicted tokens had been
     * receiving, the mean of its heads. Announced after the trim, only if the scorer reads attention weights; what counts
     * as remembered is the scorer's: all of it, the latest, the last query's.
     */
    default void onLost(int layer, double share) {}

    /** The guard lets each head of a layer keep {@code tokens} more than its budget; zero when it has fallen back. */
    default void onRaised(int layer, int tokens) {}

    /** The newest tokens are dropped again: a layer has seen {@code seen}, and holds {@code retained}. */
    default void onTruncated(int layer, int seen, int retained) {}

    /** The cache is closed and its memory free. */
    default void onClosed() {}
}
