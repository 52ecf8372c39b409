package dev.sublinear.kvcache;

import static dev.sublinear.kvcache.KvShape.BLOCK;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.kvcache.storage.Int8Rows;
import dev.sublinear.kvcache.storage.KvStorage;
import java.util.List;

/** The keys of a layer's tokens, or their values: a column of numbers and, where their storage has scales, one of those. */
final class VectorColumn {
    private final KvStorage storage;
    private final Column numbers;
    private final Column scales;

    private VectorColumn(KvStorage storage, Column numbers, Column scales) {
        this.storage = storage;
        this.numbers = numbers;
        this.scales = scales;
    }

    static VectorColumn ofKeys(KvShape shape, NDManager owner, KvMemory.Reservation memory) {
        boolean byDimension = shape.storage() == KvStorage.INT8;
        return of(shape, byDimension ? Column.Layout.BY_DIMENSION : Column.Layout.BY_ROW, owner, memory);
    }

    static VectorColumn ofValues(KvShape shape, NDManager owner, KvMemory.Reservation memory) {
        return of(shape, Column.Layout.BY_ROW, owner, memory);
    }

    private static VectorColumn of(KvShape shape, Column.Layout layout, NDManager owner, KvMemory.Reservation memory) {
        KvStorage storage = shape.storage();
        Shape scalars = storage.isScaled() ? new Shape(0) : new Shape(0, 0);
        return new VectorColumn(
                storage,
                new Column(owner, memory, new Shape(0, shape.headDim()), storage.type(), layout),
                new Column(owner, memory, scalars, DataType.FLOAT32));
    }

    VectorColumn fork(NDManager owner, KvMemory.Reservation memory) {
        return new VectorColumn(storage, numbers.fork(owner, memory), scales.fork(owner, memory));
    }

    Column numbers() {
        return numbers;
    }

    /** Returns what the numbers of each row are multiplied with; nothing where the storage has no scales. */
    Column scales() {
        return scales;
    }

    /** Returns how many times one of them has moved to another tensor. */
    int version() {
        return numbers.version() + scales.version();
    }

    List<Column> columns() {
        return List.of(numbers, scales);
    }

    /** Returns the column whose zeros make a row one of zeros. */
    Column zeroed() {
        return storage.isScaled() ? scales : numbers;
    }

    /** Writes float32 vectors (heads, tokens, headDim) of the newest tokens of a group of heads. */
    void writeNewest(HeadGroup group, NDArray newest) {
        if (storage.isScaled()) {
            NDArray scale = newest.abs().max(new int[] {2}, true).div(Int8Rows.MOST);
            group.writeNewest(scales, scale.squeeze(2));
            write(group, newest.div(scale.maximum(Int8Rows.LEAST_SCALE)).round());
        } else {
            write(group, newest);
        }
    }

    private void write(HeadGroup group, NDArray newest) {
        if (numbers.layout() == Column.Layout.BY_ROW) {
            group.writeNewest(numbers, newest);
        } else {
            int tokens = (int) newest.getShape().get(1);
            int from = group.length() - tokens;
            NDArray written = group.blocks(numbers)
                    .get(new NDIndex()
                            .addAllDim()
                            .addIndices(from / BLOCK)
                            .addAllDim()
                            .addSliceDim(from % BLOCK, from % BLOCK + tokens));
            written.set(new NDIndex(":"), newest.transpose(0, 2, 1).toType(storage.type(), false));
        }
    }

    /** Returns the vectors that each head of a group holds, float32, shape (heads, length, headDim). */
    NDArray read(HeadGroup group) {
        int length = group.length();
        NDArray stored = numbers.layout() == Column.Layout.BY_ROW
                ? group.rows(numbers, 0, length)
                : byRow(group.blocks(numbers), length);
        NDArray vectors = stored.toType(DataType.FLOAT32, false);
        return storage.isScaled() ? vectors.mul(group.rows(scales, 0, length).expandDims(2)) : vectors;
    }

    /** Turns blocks (heads, blocks, headDim, BLOCK) into their first rows (heads, length, headDim). */
    private static NDArray byRow(NDArray blocks, int length) {
        long heads = blocks.getShape().get(0);
        long size = blocks.getShape().get(2);
        int used = KvShape.wholeBlocks(length) / BLOCK;
        return blocks.get(new NDIndex().addAllDim().addSliceDim(0, used))
                .transpose(0, 1, 3, 2)
                .reshape(heads, (long) used * BLOCK, size)
                .get(new NDIndex().addAllDim().addSliceDim(0, length));
    }
}
