package dev.sublinear.kvcache;

/** Hears what happens to one sequence's cache, on the thread that owns it. Must not throw. */
public interface KvCacheListener {

    /** Hears nothing. */
    KvCacheListener NONE = new KvCacheListener() {};

    /**
     * A layer has taken tokens in.
     *
     * @param held what it holds now, to be read at once
     */
    default void onAppended(int layer, HeadLengths held) {}

    /** A layer has outgrown its budget, and its trim begins. */
    default void onTrimming(int layer) {}

    /**
     * A layer has been trimmed.
     *
     * @param evicted the tokens that its heads lost together
     * @param held what it holds now, to be read at once
     */
    default void onTrimmed(int layer, int evicted, HeadLengths held) {}

    /**
     * What a trim cost: the share of the attention remembered in the layer, in (0, 1), that the evicted tokens had been
     * receiving, the mean of its heads. Announced after the trim, only if the scorer reads attention weights; what counts
     * as remembered is the scorer's: all of it, the latest, the last query's.
     */
    default void onLost(int layer, double share) {}

    /** The guard lets each head of a layer keep {@code tokens} more than its budget; zero when it has fallen back. */
    default void onRaised(int layer, int tokens) {}

    /**
     * The newest tokens of a layer are dropped again.
     *
     * @param held what it has seen and holds now, to be read at once
     */
    default void onTruncated(int layer, HeadLengths held) {}

    /** The cache is closed and its memory free. */
    default void onClosed() {}
}
