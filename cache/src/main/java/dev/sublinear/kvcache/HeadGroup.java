package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/**
 * Some heads of a layer, one after the other, that hold equally many tokens in equally many rows: a rectangle of each column.
 *
 * @param firstHead which head of the layer is the first
 * @param heads how many
 */
record HeadGroup(LayerStorage storage, int firstHead, int heads) implements LayerView {

    @Override
    public int seen() {
        return storage.seen();
    }

    @Override
    public int length() {
        return storage.lengths().length(firstHead);
    }

    @Override
    public NDArray keys() {
        storage.requireOpen();
        return storage.keys().read(this);
    }

    @Override
    public NDArray values() {
        storage.requireOpen();
        return storage.values().read(this);
    }

    @Override
    public NDArray tokenState() {
        return held(storage.tokenState());
    }

    @Override
    public NDArray headState() {
        storage.requireOpen();
        return part(storage.headState().array());
    }

    @Override
    public NDArray positions() {
        return held(storage.positions());
    }

    @Override
    public NDArray queries() {
        storage.requireOpen();
        return storage.queries().newest(storage.seen(), firstHead, heads);
    }

    private NDArray held(Column column) {
        storage.requireOpen();
        return rows(column, 0, length());
    }

    /** Returns the scorer's state to be written, of the first rows of each head. */
    ScorerState state(int rows, int tokens) {
        storage.tokenState().own();
        storage.headState().own();
        return new ScorerState(rows(storage.tokenState(), 0, rows), headState(), seen(), tokens);
    }

    /** Writes rows for the newest tokens of each head, shape (heads, tokens, ...), into a column that is the cache's own. */
    void writeNewest(Column column, NDArray newest) {
        int end = length();
        int from = end - (int) newest.getShape().get(1);
        rows(column, from, end)
                .set(new NDIndex(":"), newest.toType(column.array().getDataType(), false));
    }

    /** Returns a view of the rows of each head from {@code from} up to {@code to}, shape (heads, to - from, ...). */
    NDArray rows(Column column, int from, int to) {
        Shape row = column.array().getShape().slice(1);
        return all(column)
                .reshape(new Shape(heads, capacity()).addAll(row))
                .get(new NDIndex().addAllDim().addSliceDim(from, to));
    }

    /** Returns a view of a column that lies by dimension, shape (heads, blocks, numbers of a row, rows of a block). */
    NDArray blocks(Column column) {
        long size = column.array().getShape().get(1);
        return all(column).reshape(heads, capacity() / BLOCK, size, BLOCK);
    }

    private NDArray all(Column column) {
        int first = storage.headRows().first(firstHead);
        return column.array().get(new NDIndex().addSliceDim(first, first + heads * capacity()));
    }

    private int capacity() {
        return storage.headRows().capacity(firstHead);
    }

    /** Returns what is of these heads, of an array whose first dimension counts the heads of the layer. */
    NDArray part(NDArray ofAllHeads) {
        return heads == storage.heads()
                ? ofAllHeads
                : ofAllHeads.get(new NDIndex().addSliceDim(firstHead, firstHead + heads));
    }
}
