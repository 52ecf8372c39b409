package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.wholeBlocks;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.storage.Float32Rows;
import dev.sublinear.kvcache.storage.HeadRows;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvRows;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.kvcache.storage.LayerMemory;
import dev.sublinear.kvcache.storage.LayerTensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The rows in which a layer stores its tokens: a {@link Column} for each property of them.
 *
 * <p>A column has the rows of one head after those of the other, see {@link HeadRows}. The tokens that a head holds have the
 * first of its rows, in no order: a trim moves the last of them to the places of those that it evicts, a hundredth of the bytes of
 * moving all up. What has come since a trim lies behind, in order. A block of rows is cleared when the first token enters it, so
 * rows beyond that may hold anything.
 */
final class LayerStorage {
    private final KvShape shape;
    private final LayerPolicy policy;
    private final int stateOfHead;
    private final KvMemory.Reservation reservation;
    private final HeadLengths lengths;
    private final VectorColumn keys;
    private final VectorColumn values;
    private final Column tokenState;
    private final Column positions;
    private final List<Column> perToken;
    private final Column headState; // a row for each head
    private final QueryRing queries;
    private final List<HeadGroup> groups;

    private HeadRows rows;
    private int placed; // tokens seen up to which positions are written: the newer ones lie behind, in order
    private @Nullable LayerMemory memory;
    private int memoryOf; // the version whose tensors that is
    private boolean closed;

    LayerStorage(KvShape shape, LayerPolicy policy, NDManager owner, KvMemory.Reservation reservation) {
        this.shape = shape;
        this.policy = policy;
        this.stateOfHead = policy.stateOfHead(shape.headDim());
        this.reservation = reservation;
        this.lengths = new HeadLengths(shape.kvHeads());
        this.rows = new HeadRows(new int[shape.kvHeads()]);
        Shape scalars = new Shape(0);
        int state = policy.stateOfToken();
        this.keys = VectorColumn.ofKeys(shape, owner, reservation);
        this.values = VectorColumn.ofValues(shape, owner, reservation);
        this.tokenState = new Column(owner, reservation, state == 1 ? scalars : new Shape(0, state), DataType.FLOAT64);
        this.positions = new Column(owner, reservation, scalars, DataType.INT32);
        this.perToken = perToken();
        this.headState = new Column(owner, reservation, new Shape(0, stateOfHead), DataType.FLOAT64);
        this.queries = new QueryRing(shape, policy.queries(), owner, reservation);
        this.groups = groups();
    }

    /**
     * Opens storage with the same rows as another's, whose tensors the two share until one of them writes.
     *
     * @param withState whether the scorer's state is shared too; if not, it is empty, and nothing may be remembered
     */
    LayerStorage(
            LayerStorage past,
            LayerPolicy policy,
            boolean withState,
            NDManager owner,
            KvMemory.Reservation reservation) {
        past.place(); // while the column is its own
        this.shape = past.shape;
        this.policy = policy;
        this.stateOfHead = policy.stateOfHead(shape.headDim());
        this.reservation = reservation;
        this.lengths = past.lengths.copy();
        this.rows = past.rows;
        this.keys = past.keys.fork(owner, reservation);
        this.values = past.values.fork(owner, reservation);
        this.tokenState = withState
                ? past.tokenState.fork(owner, reservation)
                : new Column(owner, reservation, new Shape(0, 0), DataType.FLOAT64);
        this.positions = past.positions.fork(owner, reservation);
        this.perToken = perToken();
        this.headState = withState
                ? past.headState.fork(owner, reservation)
                : new Column(owner, reservation, new Shape(0, 0), DataType.FLOAT64);
        this.queries = withState ? past.queries.fork(owner, reservation) : new QueryRing(shape, 0, owner, reservation);
        this.groups = groups();
        this.placed = past.placed;
    }

    private List<Column> perToken() {
        List<Column> columns = new ArrayList<>(keys.columns());
        columns.addAll(values.columns());
        columns.addAll(List.of(tokenState, positions));
        return List.copyOf(columns);
    }

    /** All heads together if they hold equally many tokens, else each alone. */
    private List<HeadGroup> groups() {
        return policy.isByHead()
                ? IntStream.range(0, shape.kvHeads())
                        .mapToObj(head -> new HeadGroup(this, head, 1))
                        .toList()
                : List.of(new HeadGroup(this, 0, shape.kvHeads()));
    }

    /** Returns the heads, those together that hold equally many tokens whatever comes. */
    List<HeadGroup> grouped() {
        return groups;
    }

    /** Returns where the rows of each head lie. */
    HeadRows headRows() {
        return rows;
    }

    HeadLengths lengths() {
        return lengths;
    }

    int heads() {
        return shape.kvHeads();
    }

    int seen() {
        return lengths.seen();
    }

    VectorColumn keys() {
        return keys;
    }

    VectorColumn values() {
        return values;
    }

    Column tokenState() {
        return tokenState;
    }

    Column headState() {
        return headState;
    }

    QueryRing queries() {
        return queries;
    }

    /** Returns the places of the tokens in the sequence, all of them written. */
    Column positions() {
        requireOpen();
        place();
        return positions;
    }

    /** Writes the positions of the newest tokens: few read them, and rarely. */
    private void place() {
        int count = seen() - placed;
        if (count > 0) {
            try (NDScope temporaries = new NDScope()) {
                temporaries.suppressNotUsedWarning();
                NDArray newest = positions
                        .own()
                        .getManager()
                        .arange(placed, seen(), 1, DataType.INT32)
                        .expandDims(0);
                for (HeadGroup group : groups) {
                    group.writeNewest(positions, newest.broadcast(group.heads(), count));
                }
            }
            placed = seen();
        }
    }

    LayerTensors tensors() {
        requireOpen();
        return new LayerTensors(
                keys.numbers().array(),
                keys.scales().array(),
                values.numbers().array(),
                values.scales().array(),
                tokenState.array(),
                queries.column().array());
    }

    /** Whether keys and values lie in memory as {@link LayerMemory} has them. */
    boolean hasMemory() {
        KvStorage storage = shape.storage();
        long bytes = keys.numbers().size();
        return (storage == KvStorage.FLOAT32 || storage == KvStorage.INT8) && bytes <= Integer.MAX_VALUE;
    }

    LayerMemory memory() {
        requireOpen();
        int version = keys.version()
                + values.version()
                + tokenState.version()
                + queries.column().version();
        LayerMemory known = memory;
        if (known == null || memoryOf != version) {
            known = new LayerMemory(
                    kvRows(),
                    tokenState.memory().asDoubleBuffer(),
                    queries.column().memory().asFloatBuffer());
            memory = known;
            memoryOf = version;
        }
        return known;
    }

    private KvRows kvRows() {
        ByteBuffer keyNumbers = keys.numbers().memory();
        ByteBuffer valueNumbers = values.numbers().memory();
        if (shape.storage() == KvStorage.FLOAT32) {
            return new Float32Rows(shape.headDim(), keyNumbers.asFloatBuffer(), valueNumbers.asFloatBuffer());
        }
        return new Int8Rows(
                shape.headDim(),
                keyNumbers,
                keys.scales().memory().asFloatBuffer(),
                valueNumbers,
                values.scales().memory().asFloatBuffer());
    }

    /** Gives every column a tensor of its own, to be written, in which each head has at least {@code needed[head]} rows. */
    void growTo(int[] needed) {
        if (headState.capacity() == 0 && stateOfHead > 0) {
            headState.clear(shape.kvHeads());
        }
        queries.own();
        if (!rows.hold(needed) || !perToken.stream().allMatch(Column::isOwn)) {
            resize(needed);
        }
    }

    /** Whether each head has {@code needed[head]} rows in tensors that no other cache reads. */
    boolean hasOwn(int[] needed) {
        return rows.hold(needed) && keys.numbers().isOwn();
    }

    /** Moves to tensors in which each head has exactly {@code capacities[head]} rows, unless they are such. */
    void resize(int[] capacities) {
        HeadRows next = new HeadRows(capacities);
        List<Column.Span> kept = new ArrayList<>();
        for (int head = 0; head < capacities.length; head++) {
            kept.add(new Column.Span(
                    rows.first(head), next.first(head), Math.min(rows.capacity(head), next.capacity(head))));
        }
        List<Column> moving = perToken.stream()
                .filter(column -> !next.equals(rows) || !column.isOwn())
                .toList();
        requireRoom(moving, next.total());
        moving.forEach(column -> column.copy(next.total(), kept));
        rows = next;
    }

    /** Columns have the same rows: either all of them move, one after the other, or none. */
    private void requireRoom(List<Column> moving, int capacity) {
        long more = 0;
        for (Column column : moving) {
            reservation.requireRoom(more + column.bytes(capacity));
            more += column.bytes(capacity) - column.bytes();
        }
    }

    /**
     * Every head takes the next tokens in, in rows that it has: zeros up to the end of the last block that they enter, but for
     * keys and values that are to be written.
     */
    void take(int tokens) {
        if (keys.numbers().array().isReleased()) {
            throw new IllegalStateException("the manager of the cache is closed");
        }
        for (HeadGroup group : groups) {
            int entered = wholeBlocks(group.length());
            int written = group.length() + tokens;
            clear(List.of(keys.zeroed(), values.zeroed()), group, Math.max(entered, written), wholeBlocks(written));
            clear(List.of(tokenState), group, entered, wholeBlocks(written));
        }
        lengths.add(tokens);
    }

    /**
     * Writes keys and values of the newest tokens.
     *
     * @param newKeys shape (kvHeads, tokens, headDim)
     */
    void write(NDArray newKeys, NDArray newValues) {
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            keys.columns().forEach(Column::own);
            values.columns().forEach(Column::own);
            for (HeadGroup group : groups) {
                keys.writeNewest(group, group.part(newKeys));
                values.writeNewest(group, group.part(newValues));
            }
        }
    }

    /** Drops the newest tokens again, until {@code tokens} are seen. */
    void truncate(int tokens) {
        queries.truncate(seen(), tokens);
        lengths.truncate(tokens);
        placed = Math.min(placed, tokens);
        clearUnused();
    }

    /**
     * Evicts all but some tokens of each head.
     *
     * @param moves after which those that stay have the first rows of each head
     * @return how many tokens all heads lost together
     */
    int evict(List<Ranking.Move> moves, int[] keep) {
        perToken.forEach(Column::own); // the one thing that may fail, before anything has changed
        if (!moves.isEmpty()) {
            NDManager manager = keys.numbers().array().getManager();
            NDArray from =
                    manager.create(moves.stream().mapToLong(Ranking.Move::from).toArray());
            NDArray to =
                    manager.create(moves.stream().mapToLong(Ranking.Move::to).toArray());
            perToken.forEach(column -> column.move(from, to));
        }
        int evicted = lengths.evictTo(keep);
        clearUnused();
        return evicted;
    }

    /** Makes the rows behind the tokens held zero, up to the end of their block. */
    private void clearUnused() {
        for (HeadGroup group : groups) {
            List<Column> columns = List.of(keys.zeroed(), values.zeroed(), tokenState, positions);
            clear(columns, group, group.length(), wholeBlocks(group.length()));
        }
    }

    private void clear(List<Column> columns, HeadGroup group, int from, int to) {
        for (int head = group.firstHead(); from < to && head < group.firstHead() + group.heads(); head++) {
            for (Column column : columns) {
                column.clear(rows.first(head) + from, rows.first(head) + to);
            }
        }
    }

    /** Returns the bytes that this storage has paid for. */
    long bytes() {
        return perToken.stream().mapToLong(Column::bytes).sum()
                + headState.bytes()
                + queries.column().bytes();
    }

    /** Returns the bytes of the tensors that it reads, its own and others'. */
    long size() {
        return perToken.stream().mapToLong(Column::size).sum()
                + headState.size()
                + queries.column().size();
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
        queries.column().close();
    }
}
