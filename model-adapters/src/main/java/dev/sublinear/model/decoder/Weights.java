package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.Weight;

/** Where the numbers of a model come from. */
interface Weights {

    /** Returns the weights of a layer below one another, float32, as one matrix or vector that the caller owns. */
    default NDArray read(int layer, Weight... weights) {
        return read(layer, 0, weights);
    }

    /** The same of one of the experts of a layer. */
    NDArray read(int layer, int expert, Weight... weights);
}
