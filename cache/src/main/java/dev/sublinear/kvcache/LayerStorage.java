package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.wholeBlocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows in which a layer stores its tokens: a {@link Column} for each property of them.
 *
 * <p>The storage is a rectangle, (kvHeads, capacity, ...): here, and in what reads these tensors whole, all heads hold equally
 * many tokens. A head has {@code capacity} rows, from {@link #first} on. The tokens held have the first of them, in no order: a
 * trim moves the last of them to the places of those that it evicts, a hundredth of the bytes of moving all up. What has come
 * since a trim lies behind, in order. A block of rows is cleared when the first token enters it, so rows beyond that may hold
 * anything.
 */
final class LayerStorage implements LayerView {
    private final KvShape shape;
    private final int stateOfHead;
    private final HeadLengths lengths;
    private final Column keys;
    private final Column values;
    private final Column tokenState;
    private final Column positions;
    private final List<Column> perToken;
    private final Column headState; // a row for each number, whatever tokens are held

    private int placed; // tokens seen up to which positions are written: the newer ones lie behind, in order
    private LayerCache.@Nullable Memory memory;
    private int memoryOf; // the version whose tensors that is
    private boolean closed;

    /** @param policy of the layer */
    LayerStorage(KvShape shape, EvictionPolicy policy, NDManager owner, KvMemory.Reservation reservation) {
        this.shape = shape;
        this.stateOfHead = policy.stateOfHead(shape.headDim());
        this.lengths = new HeadLengths(shape.kvHeads());
        Shape scalars = new Shape(shape.kvHeads(), 0);
        Shape vectors = scalars.add(shape.headDim());
        int state = policy.stateOfToken();
        this.keys = new Column(owner, reservation, vectors, shape.storage());
        this.values = new Column(owner, reservation, vectors, shape.storage());
        this.tokenState = new Column(owner, reservation, state == 1 ? scalars : scalars.add(state), DataType.FLOAT64);
        this.positions = new Column(owner, reservation, scalars, DataType.INT32);
        this.perToken = List.of(keys, values, tokenState, positions);
        this.headState = new Column(owner, reservation, scalars, DataType.FLOAT64);
    }

    /**
     * Opens storage with the same rows as another's, whose tensors the two share until one of them writes.
     *
     * @param policy of the layer
     * @param withState whether the scorer's state is shared too; if not, it is empty, and nothing may be remembered
     */
    LayerStorage(
            LayerStorage past,
            EvictionPolicy policy,
            boolean withState,
            NDManager owner,
            KvMemory.Reservation reservation) {
        past.place(); // while the column is its own
        this.shape = past.shape;
        this.stateOfHead = policy.stateOfHead(shape.headDim());
        this.lengths = past.lengths.copy();
        Shape none = new Shape(shape.kvHeads(), 0);
        this.keys = past.keys.fork(owner, reservation);
        this.values = past.values.fork(owner, reservation);
        this.tokenState = withState
                ? past.tokenState.fork(owner, reservation)
                : new Column(owner, reservation, none.add(0), DataType.FLOAT64);
        this.positions = past.positions.fork(owner, reservation);
        this.perToken = List.of(keys, values, tokenState, positions);
        this.headState = withState
                ? past.headState.fork(owner, reservation)
                : new Column(owner, reservation, none, DataType.FLOAT64);
        this.placed = past.placed;
    }

    /** Returns the first row of a head, counted through all heads. */
    int first(int head) {
        return head * keys.capacity();
    }

    HeadLengths lengths() {
        return lengths;
    }

    int heads() {
        return shape.kvHeads();
    }

    @Override
    public int seen() {
        return lengths.seen();
    }

    @Override
    public int firstHead() {
        return 0;
    }

    @Override
    public int length() {
        return lengths.longest();
    }

    @Override
    public NDArray keys() {
        return held(keys).toType(DataType.FLOAT32, false);
    }

    @Override
    public NDArray values() {
        return held(values).toType(DataType.FLOAT32, false);
    }

    @Override
    public NDArray tokenState() {
        return held(tokenState);
    }

    @Override
    public NDArray headState() {
        requireOpen();
        return headState.rows(0, headState.capacity());
    }

    /** @throws IllegalStateException always: no layer keeps queries */
    @Override
    public NDArray queries() {
        throw new IllegalStateException("no layer keeps queries, and its scorer asks for them");
    }

    @Override
    public NDArray positions() {
        requireOpen();
        place();
        return held(positions);
    }

    private NDArray held(Column column) {
        requireOpen();
        return column.rows(0, length());
    }

    /** Writes the positions of the newest tokens: few read them, and rarely. */
    private void place() {
        int seen = seen();
        if (placed < seen) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                int count = seen - placed;
                positions.put(
                        length() - count,
                        positions
                                .array()
                                .getManager()
                                .arange(placed, seen, 1, DataType.INT32)
                                .expandDims(0)
                                .broadcast(shape.kvHeads(), count));
            }
            placed = seen;
        }
    }

    LayerCache.Tensors tensors() {
        requireOpen();
        return new LayerCache.Tensors(keys.array(), values.array(), tokenState.array());
    }

    /** Whether keys and values lie in memory as {@link LayerCache.Memory} has them. */
    boolean hasMemory() {
        return shape.storage() == DataType.FLOAT32 && keys.array().size() <= Integer.MAX_VALUE / Float.BYTES;
    }

    LayerCache.Memory memory() {
        requireOpen();
        int version = keys.version() + values.version() + tokenState.version();
        LayerCache.Memory known = memory;
        if (known == null || memoryOf != version) {
            known = new LayerCache.Memory(
                    keys.memory().asFloatBuffer(),
                    values.memory().asFloatBuffer(),
                    tokenState.memory().asDoubleBuffer());
            memory = known;
            memoryOf = version;
        }
        return known;
    }

    /** Returns the scorer's state to be written, of the first rows of each head. */
    ScorerState state(int rows, int tokens) {
        tokenState.own();
        return new ScorerState(tokenState.rows(0, rows), headState.own(), seen(), tokens);
    }

    /** Whether every head has {@code rows} rows in tensors that no other cache reads. */
    boolean hasOwn(int rows) {
        return keys.hasOwn(rows);
    }

    /** Gives every column a tensor of its own, to be written, with at least {@code rows} rows for each head. */
    void growTo(int rows) {
        if (headState.capacity() < stateOfHead) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                headState.resize(stateOfHead);
                headState.clear(0, stateOfHead);
            }
        }
        perToken.forEach(column -> column.ownWith(rows));
    }

    /** Gives each head exactly {@code rows} rows. */
    void resize(int rows) {
        perToken.forEach(column -> column.resize(rows));
    }

    /** Every head takes the next tokens in, in rows that it has: zeros up to the end of the last block that they enter. */
    void take(int tokens) {
        if (keys.array().isReleased()) {
            throw new IllegalStateException("the manager of the cache is closed");
        }
        clear(wholeBlocks(length()), wholeBlocks(length() + tokens));
        lengths.add(tokens);
    }

    /** Writes keys and values of the newest {@code tokens}. */
    void write(int tokens, NDArray newKeys, NDArray newValues) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            keys.put(length() - tokens, newKeys);
            values.put(length() - tokens, newValues);
        }
    }

    /** Drops the newest tokens again, until {@code tokens} are seen. */
    void truncate(int tokens) {
        lengths.truncate(tokens);
        placed = Math.min(placed, tokens);
        clear(length(), wholeBlocks(length()));
    }

    /**
     * Evicts all but some tokens of each head.
     *
     * @param moves after which those that stay have the first rows of each head
     * @return how many tokens the head lost which lost most
     */
    int evict(List<Ranking.Move> moves, int[] keep) {
        perToken.forEach(Column::own); // the one thing that may fail, before anything has changed
        if (!moves.isEmpty()) {
            NDManager manager = keys.array().getManager();
            NDArray from =
                    manager.create(moves.stream().mapToLong(Ranking.Move::from).toArray());
            NDArray to =
                    manager.create(moves.stream().mapToLong(Ranking.Move::to).toArray());
            perToken.forEach(column -> column.move(from, to));
        }
        int evicted = lengths.evictTo(keep);
        clear(length(), wholeBlocks(length()));
        return evicted;
    }

    private void clear(int from, int to) {
        if (from < to) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                perToken.forEach(column -> column.clear(from, to));
            }
        }
    }

    /** Returns the bytes that this storage has paid for. */
    long bytes() {
        return perToken.stream().mapToLong(Column::bytes).sum() + headState.bytes();
    }

    /** Returns the bytes of the tensors that it reads, its own and others'. */
    long size() {
        return perToken.stream().mapToLong(Column::size).sum() + headState.size();
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the cache is closed");
        }
    }

    void close() {
        closed = true;
        perToken.forEach(Column::close);
        headState.close();
    }
}
