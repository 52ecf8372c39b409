package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.StoredWeights.Grid;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads the weights of a checkpoint into float32 tensors, a block of rows at a time: beyond the tensor it needs 4 MiB. */
final class WeightReader implements Weights {
    private static final int BLOCK_FLOATS = 1 << 20;

    private final StoredWeights stored;
    private final ModelSpec spec;
    private final NDManager manager;
    private ByteBuffer block = ByteBuffer.allocateDirect(0);

    WeightReader(Checkpoint checkpoint, NDManager manager) {
        this.stored = checkpoint.weights();
        this.spec = checkpoint.spec();
        this.manager = manager;
    }

    @Override
    public NDArray read(int layer, int expert, Weight... weights) {
        long rows = 0;
        for (Weight weight : weights) {
            rows += weight.shape(spec).get(0);
        }
        Shape shape = weights[0].shape(spec);
        NDArray array = manager.zeros(
                shape.dimension() == 1 ? new Shape(rows) : new Shape(rows, shape.get(1)), DataType.FLOAT32);
        long at = 0;
        for (Weight weight : weights) {
            Rows part = new Rows(weight, layer, expert);
            switch (stored.layout(weight)) {
                case PLAIN -> part.copy(0, part.count, array, at);
                case TRANSPOSED -> part.copyTransposed(array, at);
                case INTERLEAVED -> part.copyHeads(array, at);
            }
            at += part.count;
        }
        if (weights[0].isNorm() && spec.architecture().normOffset() != 0) {
            array.addi(spec.architecture().normOffset());
        }
        return array;
    }

    @Override
    public Optional<NDArray> grid(int layer, int expert, Weight... weights) {
        List<Optional<Grid>> grids = Arrays.stream(weights)
                .map(weight -> stored.grid(weight, layer, expert))
                .toList();
        if (grids.stream().allMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        long groups = weights[0].shape(spec).get(1) / Grid.GROUP;
        long rows = Arrays.stream(weights)
                .mapToLong(weight -> weight.shape(spec).get(0))
                .sum();
        NDArray array = manager.zeros(new Shape(rows, groups, 2), DataType.FLOAT32);
        long at = 0;
        for (int i = 0; i < weights.length; i++) {
            long count = weights[i].shape(spec).get(0);
            if (grids.get(i).isPresent()) {
                copy(grids.get(i).orElseThrow(), count, groups, array, at);
            }
            at += count;
        }
        return Optional.of(array);
    }

    private void copy(Grid grid, long rows, long groups, NDArray into, long firstRow) {
        long blockRows = Math.max(1, BLOCK_FLOATS / (2 * groups));
        for (long row = 0; row < rows; row += blockRows) {
            Shape shape = new Shape(Math.min(blockRows, rows - row), groups, 2);
            ByteBuffer bytes = block(Math.toIntExact(shape.size() * Float.BYTES));
            grid.read(row, bytes.asFloatBuffer());
            try (NDArray values = manager.create(bytes, shape, DataType.FLOAT32)) {
                into.set(new NDIndex().addSliceDim(firstRow + row, firstRow + row + shape.get(0)), values);
            }
        }
    }

    /** Memory for a block, reused while it is large enough: freed direct memory stays until the garbage collector runs. */
    private ByteBuffer block(int bytes) {
        if (block.capacity() < bytes) {
            block = ByteBuffer.allocateDirect(bytes);
        }
        return block.slice(0, bytes).order(ByteOrder.nativeOrder());
    }

    /** The rows of one stored matrix, or the numbers of a vector. */
    private final class Rows {
        private final Weight weight;
        private final int layer;
        private final int expert;
        private final Shape shape;
        private final long count;
        private final long width;

        Rows(Weight weight, int layer, int expert) {
            this.weight = weight;
            this.layer = layer;
            this.expert = expert;
            this.shape = weight.shape(spec);
            this.count = shape.get(0);
            this.width = shape.size() / count;
        }

        void copy(long from, long rows, NDArray into, long firstRow) {
            long blockRows = Math.max(1, BLOCK_FLOATS / width);
            for (long row = 0; row < rows; row += blockRows) {
                long block = Math.min(blockRows, rows - row);
                Shape blockShape = shape.dimension() == 1 ? new Shape(block) : new Shape(block, width);
                try (NDArray values = values((from + row) * width, blockShape)) {
                    into.set(new NDIndex().addSliceDim(firstRow + row, firstRow + row + block), values);
                }
            }
        }

        /** Copies a matrix that is stored as (width, count). */
        void copyTransposed(NDArray into, long firstRow) {
            long blockRows = Math.max(1, BLOCK_FLOATS / count);
            for (long row = 0; row < width; row += blockRows) {
                long block = Math.min(blockRows, width - row);
                try (NDArray values = values(row * count, new Shape(block, count));
                        NDArray turned = values.transpose()) {
                    into.set(
                            new NDIndex()
                                    .addSliceDim(firstRow, firstRow + count)
                                    .addSliceDim(row, row + block),
                            turned);
                }
            }
        }

        /** Copies a matrix that is stored head by head: query, key and value of each. */
        void copyHeads(NDArray into, long firstRow) {
            int size = spec.headDim();
            long heads = count / (3L * size);
            for (int part = 0; part < 3; part++) {
                for (long head = 0; head < heads; head++) {
                    copy((head * 3 + part) * size, size, into, firstRow + (part * heads + head) * size);
                }
            }
        }

        /** Reads a block, which must be closed before the next is read. */
        private NDArray values(long fromElement, Shape blockShape) {
            ByteBuffer bytes = block(Math.toIntExact(blockShape.size() * Float.BYTES));
            stored.read(weight, layer, expert, fromElement, bytes.asFloatBuffer());
            return manager.create(bytes, blockShape, DataType.FLOAT32);
        }
    }
}
