package dev.sublinear.engine.source;

import dev.sublinear.engine.model.CacheUsage;
import dev.sublinear.engine.model.SequenceCache;
import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.HeadLengths;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.LayerPolicy;
import dev.sublinear.kvcache.RetainedTokens;
import dev.sublinear.model.text.ByteTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Counts what a layer would hold of what it has read, and hashes it. Its bytes are reserved as any cache's; none are in
 * use. Owned by the engine thread.
 */
final class StubCache implements SequenceCache {
    private static final byte[] LETTERS = "abcdefghijklmnopqrstuvwxyz      ".getBytes(StandardCharsets.US_ASCII);
    private static final int LETTER_SHIFT = Long.SIZE - 5;

    private final EvictionPolicy policy;
    private final LayerPolicy layer;
    private final KvMemory.Reservation reservation;
    private final KvCacheListener listener;
    private int seen;
    private int retained;
    private long hash;

    StubCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
        this.policy = policy;
        this.layer = StubModel.SHAPE.policy(policy, 0);
        this.reservation = reservation;
        this.listener = listener;
    }

    void read(int token) {
        hash = (hash ^ token + 1) * 0xBF58476D1CE4E5B9L;
        hash ^= hash >>> 29;
        seen++;
        retained++;
        if (layer.outgrown(0, retained, seen)) {
            int kept = layer.keep(0, seen);
            listener.onTrimming(0);
            listener.onTrimmed(0, retained - kept, HeadLengths.of(seen, kept));
            retained = kept;
        }
    }

    /** Reports the tokens that it has read. */
    void tell() {
        listener.onAppended(0, HeadLengths.of(seen, retained));
    }

    /** Returns the token that comes after what it has read. */
    int next() {
        return ByteTokenizer.FIRST_BYTE + LETTERS[(int) ((hash * 0x9E3779B97F4A7C15L) >>> LETTER_SHIFT)];
    }

    @Override
    public int seen() {
        return seen;
    }

    @Override
    public int held() {
        return retained;
    }

    @Override
    public SequenceCache fork(KvMemory.Reservation other, KvCacheListener otherListener) {
        StubCache fork = new StubCache(policy, other, otherListener);
        fork.seen = seen;
        fork.retained = retained;
        fork.hash = hash;
        if (seen > 0) {
            fork.tell();
        }
        return fork;
    }

    @Override
    public SequenceCache snapshot(KvMemory.Reservation other) {
        return fork(other, KvCacheListener.NONE);
    }

    @Override
    public long snapshotBytes() {
        return StubModel.SHAPE.peakBytes(policy, seen);
    }

    @Override
    public CacheUsage usage() {
        int budget = seen == 0 ? 0 : layer.keep(0, seen);
        return new CacheUsage(List.of(new CacheUsage.Layer(seen, List.of(retained), budget, 0, 0)), 0);
    }

    /** Empty: it counts tokens and does not know which it would hold. */
    @Override
    public List<RetainedTokens> retained() {
        return List.of();
    }

    @Override
    public void close() {
        listener.onClosed();
        reservation.close();
    }
}
