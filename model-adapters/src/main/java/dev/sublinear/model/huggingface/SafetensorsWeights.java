package dev.sublinear.model.huggingface;

import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.ElementType;
import dev.sublinear.model.checkpoint.StoredWeights;
import dev.sublinear.model.checkpoint.WeightType;
import dev.sublinear.model.family.ModelAdapter;
import java.nio.FloatBuffer;
import java.util.EnumMap;
import java.util.Map;

/** The weights of a family among the named tensors of safetensors files. */
record SafetensorsWeights(WeightFiles files, ModelAdapter adapter, WeightType type) implements StoredWeights {

    static SafetensorsWeights of(WeightFiles files, ModelAdapter adapter) {
        return new SafetensorsWeights(files, adapter, mostUsed(files));
    }

    private static WeightType mostUsed(WeightFiles files) {
        Map<ElementType, Long> elements = new EnumMap<>(ElementType.class);
        for (String name : files.names()) {
            TensorInfo info = files.info(name);
            if (info.type().readable()) {
                elements.merge(info.type(), info.elements(), Long::sum);
            }
        }
        return elements.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(Map.Entry::getKey)
                .map(type -> new WeightType(type.name(), Byte.SIZE * type.bytes()))
                .orElse(WeightType.FLOAT32);
    }

    @Override
    public Layout layout(Weight weight) {
        return adapter.layout(weight);
    }

    @Override
    public void read(Weight weight, int layer, int expert, long fromElement, FloatBuffer into) {
        files.read(files.stored(adapter.tensorName(weight, layer, expert)), fromElement, into);
    }

    @Override
    public void verifyUnchanged() {
        files.verifyUnchanged();
    }
}
