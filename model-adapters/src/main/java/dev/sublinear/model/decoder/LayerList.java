package dev.sublinear.model.decoder;

import ai.djl.pytorch.jni.IValue;
import dev.sublinear.model.decoder.LayerKernels.LayerWeights;
import java.util.List;
import java.util.stream.LongStream;

/** The layers of a model as arguments of TorchScript, made once. The weights belong to the caller. */
final class LayerList implements AutoCloseable {
    private final List<LayerWeights> layers;
    private final IValue all;
    private final List<IValue> indices;

    LayerList(List<LayerWeights> layers) {
        this.layers = List.copyOf(layers);
        this.all = IValue.listFrom(layers.stream().map(LayerWeights::object).toArray(IValue[]::new));
        this.indices =
                LongStream.rangeClosed(0, layers.size()).mapToObj(IValue::from).toList();
    }

    int size() {
        return layers.size();
    }

    IValue layer(int layer) {
        return layers.get(layer).object();
    }

    IValue all() {
        return all;
    }

    /** The number {@code layer}, which may be the number of layers. */
    IValue index(int layer) {
        return indices.get(layer);
    }

    @Override
    public void close() {
        indices.forEach(IValue::close);
        all.close();
    }
}
