package dev.sublinear.kvcache;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;

/** The cache of one sequence: a {@link LayerCache} for each layer of the model. */
public final class KvCache implements AutoCloseable {
    private final NDManager owner;
    private final KvMemory.Reservation memory;
    private final KvCacheListener listener;
    private final List<LayerCache> layers;
    private boolean closed;

    /**
     * Opens an empty cache.
     *
     * @param parent whose device the tensors live on; closing it closes them
     * @param memory what the cache may use, see {@link KvShape#peakBytes}; closed with the cache
     */
    public KvCache(
            NDManager parent,
            KvShape shape,
            EvictionPolicy policy,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        this.owner = parent.newSubManager();
        this.memory = memory;
        this.listener = listener;
        this.layers = IntStream.range(0, shape.layers())
                .mapToObj(layer -> new LayerCache(layer, shape, policy, owner, memory, listener))
                .toList();
    }

    public LayerCache layer(int index) {
        return layers.get(index);
    }

    /** Returns how many tokens the model has read into this cache: the position of the next one. */
    public int seen() {
        return layers.get(0).seen();
    }

    /** Returns the bytes of all tensors of this cache, as they are. */
    public long bytes() {
        return layers.stream().mapToLong(LayerCache::bytes).sum();
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            layers.forEach(LayerCache::close);
            owner.close();
            memory.close();
            listener.onClosed();
        }
    }
}
