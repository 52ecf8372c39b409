package dev.sublinear.model.huggingface;

import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.checkpoint.ElementType;

/** The type and shape of a stored tensor, whose elements are in row-major order. */
record TensorInfo(ElementType type, Shape shape) {

    /** The number of elements. */
    long elements() {
        return shape.size();
    }

    @Override
    public String toString() {
        return type.name() + " " + shape;
    }
}
