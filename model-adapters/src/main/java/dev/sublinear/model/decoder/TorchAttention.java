package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.attention.AttentionBackend;
import dev.sublinear.model.attention.AttentionTensors;
import dev.sublinear.model.attention.Chunk;
import dev.sublinear.model.attention.LayerStep;
import dev.sublinear.model.attention.StepRotations;
import java.util.List;

/** Attention in libtorch: {@code attention.py}. It takes every chunk, on every device. */
final class TorchAttention implements AttentionBackend {
    private final TorchScript script;
    private final LayerList layers;

    TorchAttention(TorchScript script, LayerList layers) {
        this.script = script;
        this.layers = layers;
    }

    @Override
    public boolean takes(Chunk chunk) {
        return true;
    }

    @Override
    public List<NDArray> attend(LayerStep step) {
        AttentionTensors tensors = step.tensors();
        try (Call call = script.call("attend")) {
            call.of(tensors.projected())
                    .of(tensors.attended())
                    .of(layers.layer(step.layer()))
                    .of(tensors.rotations().tensors());
            return ChunkTable.add(call, step.chunks()).tensors();
        }
    }

    /**
     * Takes tokens x (T, D) through all layers in one crossing, and updates x.
     *
     * @param chunks of all layers, one after the other, claimed; each sequence has one in each layer
     * @return their signals in turn
     */
    List<NDArray> attendAllLayers(NDArray x, StepRotations rotations, List<Chunk> chunks) {
        try (Call call = script.call("all_layers")) {
            call.of(x).of(layers.all()).of(rotations.tensors());
            return ChunkTable.add(call, chunks).tensors();
        }
    }

    /** Attends in all layers for a query (H, 1, G, S), and changes no cache: what is measured. */
    void read(NDArray query, List<Chunk> newest) {
        try (Call call = script.call("attention_over")) {
            ChunkTable.add(call.of(query).of(layers.all()), newest).tensor().close();
        }
    }
}
