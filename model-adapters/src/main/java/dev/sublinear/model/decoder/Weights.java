package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import java.util.Optional;

/** The source of a model's weights: a checkpoint, or random numbers. */
interface Weights {

    /** Returns weights of a layer below one another, as one float32 matrix or vector that the caller owns. */
    default NDArray read(int layer, Weight... weights) {
        return read(layer, 0, weights);
    }

    /** The same of one expert of a layer. */
    NDArray read(int layer, int expert, Weight... weights);

    /** Returns the matrix of the head: the embedding, if it serves as both. */
    default NDArray readHead(ModelSpec spec) {
        return read(0, spec.tiedHead() ? Weight.EMBEDDING : Weight.HEAD);
    }

    /**
     * Returns the step and the zero of each group (rows, groups, 2) of such a matrix, zero where one is not stored in 4 bits; or
     * nothing if none of it is. The caller owns it.
     */
    default Optional<NDArray> grid(int layer, int expert, Weight... weights) {
        return Optional.empty();
    }
}
