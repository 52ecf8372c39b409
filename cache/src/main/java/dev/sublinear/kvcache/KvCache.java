package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** The cache of one sequence: a {@link LayerCache} for each layer of the model. */
public final class KvCache implements AutoCloseable {
    private final NDManager parent;
    private final NDManager owner;
    private final KvShape shape;
    private final EvictionPolicy policy;
    private final KvMemory.Reservation memory;
    private final KvCacheListener listener;
    private final List<LayerCache> layers;
    private boolean closed;

    /**
     * Opens an empty cache.
     *
     * @param parent whose device the tensors live on; closing it closes them
     * @param memory what the cache may use, see {@link KvShape#peakBytes}; closed with the cache
     * @throws IllegalArgumentException if the policy has laws for the heads of another model
     */
    public KvCache(
            NDManager parent,
            KvShape shape,
            EvictionPolicy policy,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        this.parent = parent;
        this.owner = parent.newSubManager();
        this.shape = shape;
        this.policy = policy;
        this.memory = memory;
        this.listener = listener;
        this.layers = layers(layer -> new LayerCache(layer, shape, policy, owner, memory, listener));
    }

    private KvCache(KvCache past, EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
        this.parent = past.parent;
        this.owner = parent.newSubManager();
        this.shape = past.shape;
        this.policy = policy;
        this.memory = memory;
        this.listener = listener;
        this.layers = layers(layer -> past.layer(layer).fork(policy, owner, memory, listener));
    }

    private List<LayerCache> layers(IntFunction<LayerCache> open) {
        try {
            return IntStream.range(0, shape.layers()).mapToObj(open).toList();
        } catch (RuntimeException e) {
            owner.close();
            throw e;
        }
    }

    /**
     * Returns another cache that has seen the same tokens, to go its own way. The two share their tensors until one of them
     * writes.
     *
     * @param otherMemory what the other cache may use, at least what a sequence needs that has seen as many tokens, and at least
     *     the bytes of the tensors that it will share; closed with it
     * @param otherListener hears at once what each layer has seen and holds
     */
    public KvCache fork(KvMemory.Reservation otherMemory, KvCacheListener otherListener) {
        requireOpen();
        requireBytes("fork", forkBytes(), otherMemory);
        return new KvCache(this, policy, otherMemory, otherListener);
    }

    /**
     * Returns another cache that has seen the same tokens and goes on under another policy, exactly as if it had read them
     * under it: so it may only be one under which nothing would have been evicted yet, and whose scorer remembers nothing.
     *
     * @param otherMemory at least {@link KvShape#peakBytes} of the policy after as many tokens
     * @throws IllegalArgumentException if it would differ from a cache that had the policy from the start
     */
    public KvCache fork(EvictionPolicy other, KvMemory.Reservation otherMemory, KvCacheListener otherListener) {
        requireOpen();
        require(
                layers.stream().noneMatch(LayerCache::hasEvicted),
                "a cache that has evicted tokens cannot go on under another policy, %s",
                other.budget());
        require(
                !other.remembers(shape.headDim()),
                "scorer %s remembers what it has seen, so it must see a sequence from its start",
                other.scorer().name());
        require(
                !shape.isTrimmedBy(other, seen()),
                "budget %s would have evicted some of the %s tokens",
                other.budget(),
                seen());
        return new KvCache(this, other, otherMemory, otherListener);
    }

    private long forkBytes() {
        long size = layers.stream().mapToLong(LayerCache::size).sum();
        return Math.max(shape.peakBytes(policy, seen()), size);
    }

    /**
     * Returns a fork to be forked, not written: its tensors have no room for more tokens, as those of a cache may have that has
     * a long prompt before it. So any sequence that goes on from here can fork it, however few tokens it reserves for.
     *
     * @param otherMemory at least {@link #snapshotBytes}
     */
    public KvCache snapshot(KvMemory.Reservation otherMemory) {
        requireOpen();
        requireBytes("snapshot", snapshotBytes(), otherMemory);
        KvCache snapshot = new KvCache(this, policy, otherMemory, KvCacheListener.NONE);
        snapshot.layers.forEach(LayerCache::shrink);
        return snapshot;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cache is closed");
        }
    }

    private void requireBytes(String what, long needed, KvMemory.Reservation otherMemory) {
        require(
                otherMemory.bytes() >= needed,
                "a %s after %s tokens needs a reservation of %s bytes, was %s",
                what,
                seen(),
                needed,
                otherMemory.bytes());
    }

    /** Returns the bytes that a snapshot needs, now and for ever. */
    public long snapshotBytes() {
        return layers.stream().mapToLong(LayerCache::leastSize).sum();
    }

    /**
     * Returns how many of the next tokens may be read at once and {@link #truncate truncated} again without a trace: whatever
     * comes then, every trim finds what it would have found without them. They trim no layer and end in the block of rows that
     * the first of them enters, so they need no memory that this one would not. 0 if the scorer sums up what tokens attend to.
     */
    public int undoable() {
        return layers.stream().mapToInt(LayerCache::undoable).min().orElseThrow();
    }

    /**
     * Drops the newest tokens of all layers again, as if they had never come, but for what they attended to: that stays in
     * what the scorer remembers, see {@link #undoable}.
     *
     * @param tokens that stay seen; no fewer than at the last trim of any layer, because what a trim evicted is gone
     * @throws IllegalArgumentException if it is fewer, or more than have been seen; nothing has changed then
     */
    public void truncate(int tokens) {
        int least = layers.stream().mapToInt(LayerCache::seenAtTrim).max().orElseThrow();
        require(
                tokens >= least && tokens <= seen(),
                "a cache may be truncated to %s tokens, those seen at its last trim, up to %s, those seen, was %s",
                least,
                seen(),
                tokens);
        layers.forEach(layer -> layer.truncate(tokens));
    }

    /** Makes room in all layers for tokens that will come one piece after another, as {@link LayerCache#expect} does in one. */
    public void expect(int tokens) {
        layers.forEach(layer -> layer.expect(tokens));
    }

    public KvShape shape() {
        return shape;
    }

    public EvictionPolicy policy() {
        return policy;
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
