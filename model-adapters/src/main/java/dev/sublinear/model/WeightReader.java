package dev.sublinear.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Reads weights into float32 tensors, a block of rows at a time, so that little memory is needed beyond the tensor. */
final class WeightReader implements Weights {
    private static final int BLOCK_FLOATS = 1 << 20;

    private final ModelDirectory directory;
    private final NDManager manager;

    WeightReader(ModelDirectory directory, NDManager manager) {
        this.directory = directory;
        this.manager = manager;
    }

    @Override
    public NDArray read(int layer, Weight... weights) {
        long rows = 0;
        for (Weight weight : weights) {
            rows += weight.shape(directory.spec()).get(0);
        }
        Shape shape = weights[0].shape(directory.spec());
        NDArray array = manager.zeros(
                shape.dimension() == 1 ? new Shape(rows) : new Shape(rows, shape.get(1)), DataType.FLOAT32);
        long at = 0;
        for (Weight weight : weights) {
            at += copy(directory.adapter().tensorName(weight, layer), weight.shape(directory.spec()), array, at);
        }
        return array;
    }

    private long copy(String name, Shape shape, NDArray into, long firstRow) {
        long rows = shape.get(0);
        long width = shape.size() / rows;
        long blockRows = Math.max(1, BLOCK_FLOATS / width);
        for (long row = 0; row < rows; row += blockRows) {
            long count = Math.min(blockRows, rows - row);
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(count * width * Float.BYTES))
                    .order(ByteOrder.nativeOrder());
            FloatBuffer block = bytes.asFloatBuffer();
            directory.weights().read(name, row * width, block);
            Shape blockShape = shape.dimension() == 1 ? new Shape(count) : new Shape(count, width);
            try (NDArray values = manager.create(bytes, blockShape, DataType.FLOAT32)) {
                into.set(new NDIndex().addSliceDim(firstRow + row, firstRow + row + count), values);
            }
        }
        return rows;
    }
}
