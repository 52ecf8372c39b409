package dev.sublinear.engine.model;

import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.List;

/** What the engine asks of the cache of one sequence; its tensors are the model's affair. Owned by the engine thread. */
public interface SequenceCache extends AutoCloseable {

    /** How many tokens it has seen: the position of the next. */
    int seen();

    /** How many tokens a head holds, the mean of all heads of all layers. */
    int held();

    /** Makes room at once for {@code tokens} more tokens, which will come in chunks. */
    default void expect(int tokens) {}

    /**
     * Returns how many of the next tokens may be read in one step and {@link #truncate truncated} again as if they had never
     * come, in the memory that the first of them needs; 0 where a cache forgets nothing.
     */
    default int undoable() {
        return 0;
    }

    /** Drops the newest tokens again: no more than were {@link #undoable}, until {@code seen} have been seen. */
    default void truncate(int seen) {
        throw new UnsupportedOperationException("a cache that forgets nothing cannot be truncated");
    }

    /** Returns an independent copy, which has seen the same tokens. */
    SequenceCache fork(KvMemory.Reservation reservation, KvCacheListener listener);

    /** Returns a fork without room for more tokens; sequences that continue from here fork it. */
    SequenceCache snapshot(KvMemory.Reservation reservation);

    /** Returns the bytes that a snapshot must reserve. */
    long snapshotBytes();

    CacheUsage usage();

    /** Returns what each layer holds. */
    List<RetainedTokens> retained();

    /** Frees it, and what was reserved for it. */
    @Override
    void close();
}
