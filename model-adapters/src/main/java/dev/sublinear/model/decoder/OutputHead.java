package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.decoder.LayerKernels.Part;
import dev.sublinear.model.decoder.Packing.Packed;

/**
 * What follows the last layer.
 *
 * @param cap the largest logit, or 0
 */
record OutputHead(TorchScript script, Part norm, Packed matrix, double cap) {

    /** The logits (T, V) of tokens x (T, D). */
    NDArray logits(NDArray x) {
        try (Call call = script.call("logits")) {
            return call.of(x).of(norm.object()).of(matrix.object()).of(cap).tensor();
        }
    }
}
