package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;

/**
 * One property of all tokens of a layer: a tensor of shape (kvHeads, capacity, ...) that its owner manager keeps alive.
 * Rows that hold no token hold {@code unused}.
 */
final class Column {
    private final KvMemory.Reservation memory;
    private final Number unused;
    private NDArray array;

    /** @param shape with a capacity of 0 */
    Column(NDManager owner, KvMemory.Reservation memory, Shape shape, DataType type, Number unused) {
        this.memory = memory;
        this.unused = unused;
        this.array = lasting(owner.zeros(shape, type));
    }

    NDArray array() {
        return array;
    }

    /** Returns a view of the rows from {@code from} up to {@code to}. */
    NDArray rows(int from, int to) {
        return array.get(span(from, to));
    }

    long bytes() {
        return bytes(array.getShape());
    }

    /** Writes rows from {@code slot} on. */
    void put(int slot, NDArray rows) {
        array.set(span(slot, slot + (int) rows.getShape().get(1)), rows);
    }

    /** Moves the rows at {@code slots}, int64 of the shape of the rows that stay, to the front and clears the others. */
    void compact(NDArray slots, int length) {
        int keep = (int) slots.getShape().get(1);
        array.set(span(0, keep), array.gather(slots, 1));
        array.set(span(keep, length), unused);
    }

    /** Gives the column more rows. */
    void growTo(int capacity) {
        Shape old = array.getShape();
        int rows = (int) old.get(1);
        long[] dimensions = old.getShape().clone();
        dimensions[1] = capacity;
        Shape grown = new Shape(dimensions);
        memory.take(bytes(grown));
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray next = lasting(array.getManager().zeros(grown, array.getDataType()));
            if (rows > 0) {
                next.set(span(0, rows), array);
            }
            if (unused.intValue() != 0) {
                next.set(span(rows, capacity), unused);
            }
            memory.give(bytes());
            array.close();
            array = next;
        }
    }

    void close() {
        memory.give(bytes());
        array.close();
    }

    private long bytes(Shape shape) {
        return shape.size() * array.getDataType().getNumOfBytes();
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
