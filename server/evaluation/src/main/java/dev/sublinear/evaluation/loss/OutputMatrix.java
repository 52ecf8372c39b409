package dev.sublinear.evaluation.loss;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.checkpoint.StoredWeights;
import java.nio.FloatBuffer;

/**
 * The matrix that makes a layer's attention output of what its query heads return, float32, shape (hiddenSize, heads · headDim).
 * Each key-value head has a part of its columns.
 */
record OutputMatrix(NDArray matrix, int width) {

    /** Reads the matrix of a layer. */
    static OutputMatrix read(Checkpoint checkpoint, int layer, NDManager manager) {
        ModelSpec spec = checkpoint.spec();
        StoredWeights weights = checkpoint.weights();
        Shape shape = Weight.ATTENTION_OUT.shape(spec);
        float[] numbers = new float[Math.toIntExact(shape.size())];
        weights.read(Weight.ATTENTION_OUT, layer, 0, 0, FloatBuffer.wrap(numbers));
        boolean transposed = weights.layout(Weight.ATTENTION_OUT) == StoredWeights.Layout.TRANSPOSED;
        NDArray matrix = transposed
                ? manager.create(numbers, new Shape(shape.get(1), shape.get(0))).transpose()
                : manager.create(numbers, shape);
        return new OutputMatrix(matrix, spec.group() * spec.headDim());
    }

    /** Returns the part of a key-value head, shape (hiddenSize, group · headDim). */
    NDArray part(int head) {
        return matrix.get(new NDIndex().addAllDim().addSliceDim((long) head * width, (head + 1L) * width));
    }

    /** Returns G = WᵀW of a key-value head's part W, so that ‖Wx‖² = xᵀGx. */
    NDArray gram(int head) {
        NDArray part = part(head);
        return part.transpose().matMul(part);
    }
}
