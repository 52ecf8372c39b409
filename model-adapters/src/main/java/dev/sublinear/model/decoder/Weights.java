package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.Weight;

/** The source of a model's weights: a checkpoint, or random numbers. */
interface Weights {

    /** Returns weights of a layer below one another, as one float32 matrix or vector that the caller owns. */
    default NDArray read(int layer, Weight... weights) {
        return read(layer, 0, weights);
    }

    /** The same of one expert of a layer. */
    NDArray read(int layer, int expert, Weight... weights);
}
