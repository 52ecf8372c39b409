package dev.sublinear.kvcache;

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
 * One property of all tokens of a layer: a tensor of shape (kvHeads, capacity, ...) that its owner manager keeps alive.
 * Rows that have been neither written nor cleared hold anything.
 *
 * <p>Columns may share a tensor until one of them writes: then that one gets a tensor of its own.
 */
final class Column {
    private final NDManager owner;
    private final KvMemory.Reservation memory;
    private Shared shared;
    private int version;

    /** A tensor and the columns that read it. The first of them has paid for it and owns it. */
    private record Shared(NDArray array, long bytes, List<Column> holders) {}

    /** @param shape with a capacity of 0 */
    Column(NDManager owner, KvMemory.Reservation memory, Shape shape, DataType type) {
        this.owner = owner;
        this.memory = memory;
        this.shared = held(lasting(owner.zeros(shape, type)), 0);
    }

    private Column(NDManager owner, KvMemory.Reservation memory, Shared shared) {
        this.owner = owner;
        this.memory = memory;
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
        return new Column(otherOwner, otherMemory, shared);
    }

    /** Returns the tensor, to read. */
    NDArray array() {
        return shared.array();
    }

    /** Returns the tensor, to write: from here on no other column sees it. */
    NDArray own() {
        if (shared.holders().size() > 1) {
            copy(capacity());
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

    int capacity() {
        return (int) shared.array().getShape().get(1);
    }

    /** Returns a view of the rows from {@code from} up to {@code to}, to read. */
    NDArray rows(int from, int to) {
        return array().get(span(from, to));
    }

    /** Returns the bytes that this column has paid for: none for a tensor that another has paid for. */
    long bytes() {
        return paid() ? shared.bytes() : 0;
    }

    /** Returns the bytes of the tensor, paid for by this column or by another. */
    long size() {
        return shared.bytes();
    }

    private boolean paid() {
        return !shared.holders().isEmpty() && shared.holders().get(0) == this;
    }

    /** Writes rows from {@code slot} on, in the type of this column. */
    void put(int slot, NDArray rows) {
        NDArray own = own();
        own.set(span(slot, slot + (int) rows.getShape().get(1)), rows.toType(own.getDataType(), false));
    }

    /** Copies rows over others; both are int64, shape (n), and count the rows of all heads, one head after the other. */
    void move(NDArray from, NDArray to) {
        NDArray own = own();
        if (own.size() > 0) {
            Shape shape = own.getShape();
            NDArray rows = own.reshape(new Shape(shape.get(0) * shape.get(1)).addAll(shape.slice(2)));
            rows.set(new NDIndex("{}", to), rows.get(new NDIndex("{}", from)));
        }
    }

    /** Makes the rows from {@code from} up to {@code to} zero. */
    void clear(int from, int to) {
        if (array().size() > 0) {
            own().set(span(from, to), 0);
        }
    }

    /**
     * Gives the column a tensor of its own with {@code rows} rows, at least those in use, unless it has one with as many. Of a tensor
     * that it shares it copies no more than that: the other's room is the other's.
     */
    void ownWith(int rows) {
        if (!hasOwn(rows)) {
            copy(rows);
        }
    }

    boolean hasOwn(int rows) {
        return capacity() >= rows && shared.holders().size() == 1;
    }

    /** Gives the column {@code capacity} rows, the first of them as they were. */
    void resize(int capacity) {
        if (capacity() != capacity) {
            copy(capacity);
        }
    }

    /** Copies what fits into a tensor of its own. */
    private void copy(int capacity) {
        NDArray old = array();
        int rows = Math.min(capacity(), capacity);
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            Shared next = allocate(capacity);
            if (next.bytes() > 0) {
                next.array().set(span(0, rows), old.get(span(0, rows)));
            }
            leave();
            shared = next;
            version++;
        }
    }

    /** Its rows hold anything. */
    private Shared allocate(int capacity) {
        Shape shape = withRows(capacity);
        long bytes = shape.size() * array().getDataType().getNumOfBytes();
        memory.take(bytes); // the old rows stay until they are copied
        return held(lasting(owner.create(shape, array().getDataType())), bytes);
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
        dimensions[1] = rows;
        return new Shape(dimensions);
    }

    /** Takes a new tensor out of the scope of the step, which would close it. */
    private static NDArray lasting(NDArray array) {
        NDScope.unregister(array);
        return array;
    }

    private static NDIndex span(int from, int to) {
        return new NDIndex().addAllDim().addSliceDim(from, to);
    }
}
