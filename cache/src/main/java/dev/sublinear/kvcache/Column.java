package dev.sublinear.kvcache;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;

/**
 * One property of all tokens of a layer: a tensor of shape (kvHeads, capacity, ...) that its owner manager keeps alive.
 * Rows that have been neither written nor cleared hold anything.
 */
final class Column {
    private final KvMemory.Reservation memory;
    private final Number unused;
    private NDArray array;
    private long bytes;

    /**
     * @param shape with a capacity of 0
     * @param unused what a cleared row holds
     */
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
        return bytes;
    }

    /** Writes rows from {@code slot} on. */
    void put(int slot, NDArray rows) {
        array.set(span(slot, slot + (int) rows.getShape().get(1)), rows);
    }

    /**
     * Moves rows to the front.
     *
     * @param rows int64, shape (kvHeads * keep): rows of this column as one matrix, the heads below one another
     */
    void compact(NDArray rows) {
        Shape all = array.getShape();
        NDArray matrix = array.reshape(all.get(0) * all.get(1), all.dimension() == 3 ? all.get(2) : 1);
        // An embedding copies whole rows; gather would fetch each number of them by an index of its own.
        NDArray kept = matrix.getNDArrayInternal()
                .embedding(rows, matrix, SparseFormat.DENSE)
                .get(0);
        put(0, kept.reshape(withRows(rows.size() / all.get(0))));
    }

    /** Makes the rows from {@code from} up to {@code to} unused. */
    void clear(int from, int to) {
        array.set(span(from, to), unused);
    }

    /** Gives the column more rows, if it has fewer. */
    void growTo(int capacity) {
        int rows = (int) array.getShape().get(1);
        if (rows >= capacity) {
            return;
        }
        Shape grown = withRows(capacity);
        long needed = grown.size() * array.getDataType().getNumOfBytes();
        memory.take(needed); // the old rows stay until they are copied
        try (NDScope temporaries = new NDScope()) {
            temporaries.suppressNotUsedWarning();
            NDArray next = lasting(array.getManager().zeros(grown, array.getDataType()));
            if (rows > 0) {
                next.set(span(0, rows), array);
            }
            close();
            array = next;
            bytes = needed;
        }
    }

    void close() {
        memory.give(bytes);
        bytes = 0;
        array.close();
    }

    private Shape withRows(long rows) {
        long[] dimensions = array.getShape().getShape().clone();
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
