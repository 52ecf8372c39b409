package dev.sublinear.kvcache;

/** Hears what happens to one sequence's cache, on the thread that owns it. Must not throw. */
public interface KvCacheListener {

    /** Hears nothing. */
    KvCacheListener NONE = new KvCacheListener() {};

    /** A layer has taken tokens in: it has seen so many ever, and holds so many in each head. */
    default void onAppended(int layer, int seen, int retained) {}

    /** A layer has outgrown its budget, and its trim begins. */
    default void onTrimming(int layer) {}

    /** A layer has been trimmed: each head lost so many tokens, and holds so many. */
    default void onTrimmed(int layer, int evicted, int retained) {}

    /**
     * A trim cost so much: the share of the attention remembered in the layer, in (0, 1), that the evicted tokens had been
     * receiving, the mean of its heads. Announced after the trim, only if the scorer reads attention weights; what counts
     * as remembered is the scorer's: all of it, the latest, the last query's.
     */
    default void onLost(int layer, double share) {}

    /** The guard lets a layer keep so many tokens more than its budget; zero when it has fallen back. */
    default void onRaised(int layer, int tokens) {}

    /** The newest tokens are dropped again: a layer has seen so many, and holds so many in each head. */
    default void onTruncated(int layer, int seen, int retained) {}

    /** The cache is closed and its memory free. */
    default void onClosed() {}
}
