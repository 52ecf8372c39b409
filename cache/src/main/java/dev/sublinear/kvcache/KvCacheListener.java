package dev.sublinear.kvcache;

/** Hears what happens to one sequence's cache, on the thread that owns it. Must not throw. */
public interface KvCacheListener {

    /** Hears nothing. */
    KvCacheListener NONE = new KvCacheListener() {};

    /** A layer has taken tokens in: it has seen so many ever, and holds so many in each head. */
    default void onAppended(int layer, int seen, int retained) {}

    /** A layer has been trimmed: each head lost so many tokens, and holds so many. */
    default void onTrimmed(int layer, int evicted, int retained) {}

    /** The cache is closed and its memory free. */
    default void onClosed() {}
}
