package dev.sublinear.engine.model;

import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.List;

/** What the engine asks of the cache of one sequence; its tensors are the model's affair. Owned by the engine thread. */
public interface SequenceCache extends AutoCloseable {

    /** How many tokens it has seen: the position of the next. */
    int seen();

    /** Makes room at once for so many tokens more, which will come in pieces. */
    default void expect(int tokens) {}

    /** Returns a cache with the same past, to go its own way. */
    SequenceCache fork(KvMemory.Reservation reservation, KvCacheListener listener);

    /** Returns a fork that is not read into, but forked, by whoever goes on from here. */
    SequenceCache snapshot(KvMemory.Reservation reservation);

    /** Returns what a snapshot must reserve. */
    long snapshotBytes();

    CacheUsage usage();

    /** Returns what each layer holds. */
    List<RetainedTokens> retained();

    /** Frees it, and what was reserved for it. */
    @Override
    void close();
}
