package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One property of all tokens of a layer, or of something else that has rows: a tensor of shape (rows, ...) that its owner manager
 * keeps alive. Rows that have been neither written nor cleared hold anything.
 *
 * <p>Columns may share a tensor until one of them writes: then that one gets a tensor of its own.
 */
final class Column {
    private final NDManager owner;
    private final KvMemory.Reservation memory;
    private final Layout layout;
    private Shared shared;
    private int version;

    /** A tensor and the columns that read it. The first of them has paid for it and owns it. */
    private record Shared(NDArray array, long bytes, List<Column> holders) {}

    /** Where the numbers of a row lie. */
    enum Layout {
        /** One after the other. */
        BY_ROW,

        /** A block of rows together, dimension by dimension: the first number of each of its rows, then the second. */
        BY_DIMENSION
    }

    /** @param shape with no rows */
    Column(NDManager owner, KvMemory.Reservation memory, Shape shape, DataType type) {
        this(owner, memory, shape, type, Layout.BY_ROW);
    }

    /** @param shape with no rows; their numbers, if they lie by dimension */
    Column(NDManager owner, KvMemory.Reservation memory, Shape shape, DataType type, Layout layout) {
        this.owner = owner;
        this.memory = memory;
        this.layout = layout;
        this.shared = held(lasting(owner.zeros(shape, type)), 0);
    }

    private Column(NDManager owner, KvMemory.Reservation memory, Layout layout, Shared shared) {
        this.owner = owner;
        this.memory = memory;
        this.layout = layout;
        this.shared = shared;
        shared.holders().add(this);
    }

    private Shared held(NDArray array, long bytes) {
        List<Column> holders = new ArrayList<>(1);
        holders.add(this);
        return new Shared(array, bytes, holders);
    }

    /** Returns a column with the same rows, whose tensor it shares until one of the two writes. */
    Column fork(NDManager otherOwner, KvMemory.Reservation otherMemory) {
        return new Column(otherOwner, otherMemory, layout, shared);
    }

    Layout layout() {
        return layout;
    }

    /** Returns the tensor, to read. */
    NDArray array() {
        return shared.array();
    }

    /** Returns the tensor, to write: from here on no other column sees it. */
    NDArray own() {
        if (shared.holders().size() > 1) {
            copy(capacity(), List.of(new Span(0, 0, capacity())));
        }
        return shared.array();
    }

    /** Returns the memory of {@link #array}, on the CPU: valid as long as that is. */
    ByteBuffer memory() {
        return array().toByteBuffer(true).order(ByteOrder.nativeOrder());
    }

    /** Returns how many times this column has moved to another tensor. */
    int version() {
        return version;
    }

    /** Returns how many rows the tensor has. */
    int capacity() {
        return (int) shared.array().getShape().get(0);
    }

    /** Returns the bytes that this column has paid for: none for a tensor that another has paid for. */
    long bytes() {
        return paid() ? shared.bytes() : 0;
    }

    /** Returns the bytes of the tensor, paid for by this column or by another. */
    long size() {
        return shared.bytes();
    }

    /** Returns the bytes of a tensor with {@code capacity} rows. */
    long bytes(int capacity) {
        return withRows(capacity).size() * array().getDataType().getNumOfBytes();
    }

    private boolean paid() {
        return !shared.holders().isEmpty() && shared.holders().get(0) == this;
    }

    /** Copies rows over others; both are int64, shape (n). */
    void move(NDArray from, NDArray to) {
        NDArray own = own();
        if (own.size() > 0 && layout == Layout.BY_ROW) {
            own.set(new NDIndex("{}", to), own.get(new NDIndex("{}", from)));
        } else if (own.size() > 0) {
            NDArray numbers = own.reshape(-1);
            numbers.set(new NDIndex("{}", numbersOf(to)), numbers.get(new NDIndex("{}", numbersOf(from))));
        }
    }

    /** Returns where the numbers of rows (n) lie that are stored by dimension, shape (n · numbers of a row). */
    private NDArray numbersOf(NDArray rows) {
        long size = array().getShape().get(1);
        NDArray inBlock = rows.mod(BLOCK);
        NDArray first = rows.sub(inBlock).mul(size).add(inBlock);
        NDArray steps = rows.getManager().arange(0, (int) size * BLOCK, BLOCK, DataType.INT64);
        return first.expandDims(1).add(steps).reshape(-1);
    }

    /** Whether no other column reads the tensor. */
    boolean isOwn() {
        return shared.holders().size() == 1;
    }

    /**
     * Rows that go from one tensor to another.
     *
     * @param from the first of them in the old tensor
     * @param to the first of them in the new one
     */
    record Span(int from, int to, int rows) {}

    /** Moves to a tensor of its own with {@code capacity} rows, whole blocks where they lie by dimension, of which {@code kept} are as they were in the old one. */
    void copy(int capacity, List<Span> kept) {
        NDArray old = array();
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            Shared next = allocate(capacity);
            for (Span span : kept) {
                if (next.bytes() > 0 && span.rows() > 0) {
                    next.array()
                            .set(
                                    rows(span.to(), span.to() + span.rows()),
                                    old.get(rows(span.from(), span.from() + span.rows())));
                }
            }
            leave();
            shared = next;
            version++;
        }
    }

    /** Moves to a tensor of its own with {@code capacity} rows of zeros. */
    void clear(int capacity) {
        copy(capacity, List.of());
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            array().set(new NDIndex(":"), 0);
        }
    }

    /** Makes some of its rows zero: in the memory of the processor without a tensor operation, of which each costs microseconds. */
    void clear(int from, int to) {
        NDArray own = own();
        if (own.size() > 0 && own.getDevice().isGpu()) {
            own.set(rows(from, to), 0);
        } else if (own.size() > 0) {
            int bytes = (int) (own.size() / capacity() * own.getDataType().getNumOfBytes());
            memory().position(from * bytes).put(new byte[(to - from) * bytes]);
        }
    }

    /** Its rows hold anything. */
    private Shared allocate(int capacity) {
        long bytes = bytes(capacity);
        memory.take(bytes); // the old rows stay until they are copied
        return held(lasting(owner.create(withRows(capacity), array().getDataType())), bytes);
    }

    /** Leaves the tensor to the others, of which the next pays, or closes it. */
    private void leave() {
        boolean paid = paid();
        shared.holders().remove(this);
        if (paid) {
            memory.give(shared.bytes());
            if (shared.holders().isEmpty()) {
                shared.array().close();
            } else {
                Column next = shared.holders().get(0);
                next.memory.take(shared.bytes());
                shared.array().attach(next.owner);
            }
        }
    }

    void close() {
        leave();
    }

    private Shape withRows(long rows) {
        long[] dimensions = array().getShape().getShape().clone();
        dimensions[0] = rows;
        return new Shape(dimensions);
    }

    /** Takes a new tensor out of the scope of the step, which would close it. */
    private static NDArray lasting(NDArray array) {
        NDScope.unregister(array);
        return array;
    }

    private static NDIndex rows(int from, int to) {
        return new NDIndex().addSliceDim(from, to);
    }
}
