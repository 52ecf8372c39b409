package dev.sublinear.engine.model;

import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.RetainedTokens;
import java.util.List;
import java.util.stream.IntStream;

/** A cache of tensors. */
public record TensorCache(KvCache cache, KvMemory.Reservation reservation) implements SequenceCache {

    @Override
    public int seen() {
        return cache.seen();
    }

    @Override
    public int held() {
        int layers = cache.shape().layers();
        int heads = cache.shape().kvHeads();
        long held = 0;
        for (int layer = 0; layer < layers; layer++) {
            for (int head = 0; head < heads; head++) {
                held += cache.layer(layer).length(head);
            }
        }
        return (int) (held / layers / heads);
    }

    @Override
    public void expect(int tokens) {
        cache.expect(tokens);
    }

    @Override
    public int undoable() {
        return cache.undoable();
    }

    @Override
    public void truncate(int seen) {
        cache.truncate(seen);
    }

    @Override
    public SequenceCache fork(KvMemory.Reservation other, KvCacheListener listener) {
        return new TensorCache(cache.fork(other, listener), other);
    }

    @Override
    public SequenceCache snapshot(KvMemory.Reservation other) {
        return new TensorCache(cache.snapshot(other), other);
    }

    @Override
    public long snapshotBytes() {
        return cache.snapshotBytes();
    }

    @Override
    public CacheUsage usage() {
        return new CacheUsage(
                IntStream.range(0, cache.shape().layers())
                        .mapToObj(index -> CacheUsage.Layer.of(cache, index))
                        .toList(),
                reservation.used());
    }

    @Override
    public List<RetainedTokens> retained() {
        return IntStream.range(0, cache.shape().layers())
                .mapToObj(index -> cache.layer(index).retained())
                .toList();
    }

    @Override
    public void close() {
        cache.close();
    }
}
