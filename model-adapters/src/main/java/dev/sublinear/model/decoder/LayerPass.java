package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.attention.AttentionTensors;

/**
 * Takes the tokens x (T, D) of a step from the attention of one layer to that of the next; x is what comes out in the end. One
 * crossing a layer, whose arguments are made once for all layers.
 */
final class LayerPass implements AutoCloseable {
    private static final int OWN = 4; // the first arguments, which it closes
    private static final int INDEX = 5; // the argument that differs from layer to layer

    private final TorchScript script;
    private final LayerList layers;
    private final IValue[] arguments;

    LayerPass(TorchScript script, LayerList layers, ModelSpec spec, NDArray x, AttentionTensors tensors) {
        this.script = script;
        this.layers = layers;
        this.arguments = new IValue[] {
            IValue.from((PtNDArray) x),
            IValue.from((PtNDArray) tensors.projected()),
            IValue.from((PtNDArray) tensors.attended()),
            IValue.from((long) spec.kvHeads()),
            layers.all(),
            layers.index(0)
        };
    }

    /** Finishes the layer before with what has been attended, if there is one, and projects for this one, if there is one. */
    void enter(int layer) {
        arguments[INDEX] = layers.index(layer);
        script.run("between", arguments).close();
    }

    @Override
    public void close() {
        for (int own = 0; own < OWN; own++) {
            arguments[own].close();
        }
    }
}
