package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;
import static dev.sublinear.kvcache.KvShape.wholeBlocks;
import static dev.sublinear.kvcache.precondition.Preconditions.require;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.kvcache.storage.LayerMemory;
import dev.sublinear.kvcache.storage.LayerTensors;
import java.util.List;

/**
 * The retained tokens of one layer of one sequence. Owned by the thread that runs the model.
 *
 * <p>Tokens come in chunks of at most {@link #nextChunk}. Each chunk is claimed, written, attended and settled; then the layer
 * is trimmed:
 *
 * <pre>{@code
 * layer.claim(tokens);
 * layer.write(keys, values);
 * NDArray weights = softmax(query, layer.view().keys());
 * NDArray out = weights.matMul(layer.view().values());
 * layer.settle(new AttentionStep(weights));
 * layer.trim();
 * }</pre>
 *
 * <p>Rows belong to heads: a key-value head holds {@link #length} tokens, in the rows from {@link #first} on of the layer's
 * storage. To claim a chunk gives each of its tokens a row in every head. One party then writes what these rows hold: the caller
 * that claimed them writes keys and values, through {@link #write} or, as kernels do, in place, through one of two doors: {@link
 * #tensors} and {@link #memory}. What the scorer remembers of tokens is written when they are settled: by the scorer, which is
 * handed the signals, or before that by a kernel in its place, where {@link #sumsAttention} allows it.
 *
 * <p>Arrays returned here are views that belong to the cache's manager: read them inside an {@link NDScope}, or they stay until
 * the cache is closed.
 */
public final class LayerCache {
    private final int index;
    private final KvShape shape;
    private final LayerPolicy policy;
    private final KvCacheListener listener;
    private final LayerStorage storage;
    private final Settling settling;
    private final LayerTrims trims;
    private final Claims claims;

    LayerCache(
            int index,
            KvShape shape,
            EvictionPolicy policy,
            NDManager owner,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        this.index = index;
        this.shape = shape;
        this.policy = shape.policy(policy, index);
        this.listener = listener;
        this.storage = new LayerStorage(shape, this.policy, owner, memory);
        this.settling = new Settling(this.policy, shape.headDim(), storage, 0);
        LayerBudget budget = new LayerBudget(this.policy, this.policy.guard(), ceiling(memory));
        this.trims = new LayerTrims(index, this.policy, budget, storage, listener);
        this.claims = new Claims(index, shape, new Growth(shape, policy, memory), storage, trims);
    }

    /** @param policy the other's, or one under which its columns would be the same, but for the scorer's, which are empty */
    private LayerCache(
            LayerCache past,
            LayerPolicy policy,
            Growth growth,
            NDManager owner,
            KvMemory.Reservation memory,
            KvCacheListener listener) {
        this.index = past.index;
        this.shape = past.shape;
        this.policy = policy;
        this.listener = listener;
        this.storage = new LayerStorage(past.storage, policy, policy.equals(past.policy), owner, memory);
        this.settling = new Settling(policy, shape.headDim(), storage, past.settling.settled());
        this.trims = new LayerTrims(past.trims, policy, ceiling(memory), storage, listener);
        this.claims = new Claims(index, shape, growth, storage, trims);
    }

    /** Returns the tokens that the guard may let a head keep. */
    private int ceiling(KvMemory.Reservation memory) {
        return policy.guard().isOn() ? Math.min(policy.most(), shape.keepWithin(policy, memory.bytes())) : 0;
    }

    LayerCache fork(EvictionPolicy other, NDManager owner, KvMemory.Reservation memory, KvCacheListener otherListener) {
        storage.requireOpen();
        LayerCache fork = new LayerCache(
                this, shape.policy(other, index), new Growth(shape, other, memory), owner, memory, otherListener);
        if (seen() > 0) {
            otherListener.onAppended(index, storage.lengths());
        }
        return fork;
    }

    /** Returns how many tokens have been claimed ever: the position of the next one. */
    public int seen() {
        return storage.seen();
    }

    /** Returns the numbers in which keys and values are stored. */
    public KvStorage storage() {
        return shape.storage();
    }

    /** Returns how many key-value heads the layer has. */
    public int heads() {
        return shape.kvHeads();
    }

    /** Returns the first row of a key-value head in the layer's storage, counted through all heads. */
    public int first(int head) {
        return storage.headRows().first(head);
    }

    /** Returns how many tokens a key-value head holds, in as many rows. */
    public int length(int head) {
        return storage.lengths().length(head);
    }

    /** Returns how many tokens that key-value head holds which holds most. */
    public int longest() {
        return storage.lengths().longest();
    }

    /** Returns the rows of a head that attention reads: those of the tokens held, filled up to whole blocks with zeros. */
    public int rows(int head) {
        return wholeBlocks(length(head));
    }

    /**
     * Returns the row of a token in a head, counted from {@link #first}. What has come since the last trim lies in order.
     *
     * @param position of a token that has come since the last trim
     */
    public int row(int head, int position) {
        return length(head) - (seen() - position);
    }

    /**
     * Returns what the heads hold: all together as one rectangle where they have one budget, else head by head. Which of the two
     * it is never changes.
     */
    public List<? extends LayerView> views() {
        return storage.grouped();
    }

    /**
     * Returns all heads as one rectangle.
     *
     * @throws IllegalStateException where each head has its own budget
     */
    public LayerView view() {
        if (policy.isByHead()) {
            throw new IllegalStateException("heads with budgets of their own are no rectangle, see views()");
        }
        return storage.grouped().get(0);
    }

    /** Returns which tokens are held and how they rank now, for people to look at. */
    public RetainedTokens retained() {
        storage.requireOpen();
        int heads = shape.kvHeads();
        if (seen() == 0) {
            return new RetainedTokens(new int[heads][0], new double[heads][0]);
        }
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            boolean ranked = settling.settled() == seen() || !policy.chooses();
            return RetainedTokens.inOrder(
                    TokenScores.positions(storage),
                    ranked ? trims.scores().of(storage) : trims.scores().none(storage));
        }
    }

    /** Makes room for tokens that will come one chunk after another, so that the columns grow once. */
    public void expect(int tokens) {
        storage.requireOpen();
        claims.expect(tokens);
    }

    /**
     * Returns how many of the next tokens may be claimed at once. A chunk ends where a trim is due, where a block of a head's
     * rows ends, and after every 64 tokens seen: so chunks are the same however many tokens of a prompt come in a step, if
     * steps end after multiples of 64.
     */
    public int nextChunk(int remaining) {
        return claims.next(remaining);
    }

    /**
     * Gives each of the next tokens a row in every head, see {@link #row}. The caller must write keys and values there before
     * anything reads them.
     *
     * @param tokens at most {@link #nextChunk}
     * @return the position of the first of them
     */
    public int claim(int tokens) {
        storage.requireOpen();
        trims.requireNoneDue();
        int most = nextChunk(BLOCK);
        require(tokens >= 1 && tokens <= most, "1 to %s tokens may be claimed at once here, was %s", most, tokens);
        int position = seen();
        claims.take(tokens);
        listener.onAppended(index, storage.lengths());
        return position;
    }

    /**
     * Writes keys and values of the newest chunk.
     *
     * @param keys float32, shape (kvHeads, tokens, headDim), rotated to their positions
     * @param values the same shape
     * @throws IllegalArgumentException if they are not of as many tokens as were claimed; nothing has been written then
     */
    public void write(NDArray keys, NDArray values) {
        storage.requireOpen();
        claims.write(keys, values);
    }

    /** Returns the door for a kernel that reads and writes tensors. Valid until the next claim or trim. */
    public LayerTensors tensors() {
        return storage.tensors();
    }

    /** Returns the place of each row's token in the sequence, int32, shape (rows of all heads); of rows not in use, anything. */
    public NDArray positions() {
        storage.requireOpen();
        return storage.positions().array();
    }

    /** Whether {@link #memory} may be asked for, if tensors lie in the memory of the processor: keys and values are float32 or int8. */
    public boolean hasMemory() {
        return storage.hasMemory();
    }

    /** Returns the door for a kernel that reads and writes memory, in rows counted through all heads. Valid as {@link #tensors} is. */
    public LayerMemory memory() {
        return storage.memory();
    }

    /** Whether {@link #settle(List)} reads a signal, so that attention can spare itself handing it over. */
    public boolean wants(Signal signal) {
        return settling.wants(signal);
    }

    /** How many of the newest tokens' queries the layer keeps for its scorer, see {@link LayerTensors#queries}. */
    public int queries() {
        return settling.queries();
    }

    /** Whether heads may hold different numbers of tokens. */
    public boolean isByHead() {
        return policy.isByHead();
    }

    /**
     * Whether the scorer would only add the attention weights to the state of the tokens that receive them: a kernel may do so
     * in its place.
     */
    public boolean sumsAttention() {
        return settling.sumsAttention();
    }

    /**
     * Settles what has been claimed, for a kernel that has itself added the attention weights to {@link LayerTensors#tokenState} and
     * written {@link LayerTensors#queries}, or where the scorer reads nothing.
     *
     * @throws IllegalStateException if the scorer must see a signal
     */
    public void settle() {
        storage.requireOpen();
        settling.settleInPlace();
        claims.end();
    }

    /** Whether a kernel can do in place all that the scorer wants of attention, so that {@link #settle()} is enough. */
    public boolean settlesInPlace() {
        return settling.isInPlace();
    }

    /** Settles what has been claimed, where all heads have one budget: the scorer sees what those tokens attended to. */
    public void settle(AttentionStep step) {
        settle(List.of(step));
    }

    /**
     * Settles what has been claimed: the scorer sees what those tokens attended to.
     *
     * @param steps one for each of {@link #views}
     */
    public void settle(List<AttentionStep> steps) {
        storage.requireOpen();
        settling.settle(steps);
        claims.end();
    }

    /** Whether a head has outgrown its budget, so that {@link #trim} is due before the layer takes more tokens. */
    public boolean mustTrim() {
        return trims.isDue();
    }

    /**
     * Evicts down to the budget of each head if any has outgrown its own.
     *
     * @return how many tokens all heads lost together
     * @throws IllegalStateException if the newest tokens are not settled, or the scorer returns what is no score; nothing has
     *     changed then
     */
    public int trim() {
        storage.requireOpen();
        if (!mustTrim()) {
            return 0;
        }
        settling.requireSettled(index);
        claims.end();
        return trims.trim();
    }

    /** Returns what the latest trim lost, see {@link KvCacheListener#onLost}; zero before one, and where the scorer reads no attention. */
    public double lost() {
        return trims.lost();
    }

    /** Whether a head holds less than what has been seen. */
    boolean hasEvicted() {
        return storage.lengths().haveLost();
    }

    /**
     * Returns how many of the next tokens may be claimed at once and dropped again as if they had never come: fewer than the next
     * trim is due after. None where the scorer would keep what they attended to.
     */
    int undoable() {
        return settling.forgets() ? claims.undoable() : 0;
    }

    /** Returns how many tokens had been seen at the last trim. */
    int seenAtTrim() {
        return trims.last();
    }

    /** Drops the newest tokens again until {@code tokens} are seen, at least {@link #seenAtTrim}. */
    void truncate(int tokens) {
        storage.requireOpen();
        if (tokens < seen()) {
            storage.truncate(tokens);
            settling.truncate(tokens);
            claims.end();
            listener.onTruncated(index, storage.lengths());
        }
    }

    /** Gives back the room for more tokens, and leaves larger tensors to the caches that share them. */
    void shrink() {
        int[] rows = new int[shape.kvHeads()];
        for (int head = 0; head < rows.length; head++) {
            rows[head] = rows(head);
        }
        storage.resize(rows);
    }

    /** Returns the bytes of this layer's tensors; one that several caches share counts in one of them. */
    public long bytes() {
        return storage.bytes();
    }

    /** Returns the bytes of the tensors that this layer reads, its own and others'. */
    long size() {
        return storage.size();
    }

    /** Returns the bytes of the tensors without room for more tokens. */
    long leastSize() {
        return shape.layerBytes(policy, storage.lengths().rows());
    }

    void close() {
        storage.close();
    }
}
