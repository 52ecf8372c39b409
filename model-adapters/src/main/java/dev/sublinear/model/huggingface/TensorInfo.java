package dev.sublinear.model.huggingface;

import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.checkpoint.ElementType;

/** What a checkpoint says of one tensor; its elements lie in row-major order. */
public record TensorInfo(ElementType type, Shape shape) {

    /** The number of elements. */
    public long elements() {
        return shape.size();
    }

    @Override
    public String toString() {
        return type.name() + " " + shape;
    }
}
