package dev.sublinear.model.family;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights.Layout;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A family of models: how its config.json reads, and how its tensors are named and laid out.
 *
 * @param family the name of the model's class in config.json, such as LlamaForCausalLM
 * @param modelType the family's {@code model_type}, by which config.json may name it instead
 * @param names of tensors in a checkpoint; {@code {layer}} and {@code {expert}} stand for numbers
 * @param layout of the tensors that are not stored as {@link Weight} describes them
 * @param reader makes a spec from config.json and the weights that have names
 */
public record ModelAdapter(
        String family,
        String modelType,
        Map<Weight, String> names,
        Map<Weight, Layout> layout,
        BiFunction<ModelConfig, Set<Weight>, ModelSpec> reader) {

    public ModelAdapter {
        names = Map.copyOf(names);
        layout = Map.copyOf(layout);
    }

    /** A family whose tensors are all stored as {@link Weight} describes them. */
    static ModelAdapter of(
            String family,
            String modelType,
            TensorNames tensors,
            BiFunction<ModelConfig, Set<Weight>, ModelSpec> reader) {
        return new ModelAdapter(family, modelType, tensors.names(), Map.of(), reader);
    }

    /** The same family with another name for one tensor. */
    public ModelAdapter withName(Weight weight, String name) {
        Map<Weight, String> renamed = new HashMap<>(names);
        renamed.put(weight, name);
        return new ModelAdapter(family, modelType, renamed, layout, reader);
    }

    /**
     * Returns the sizes and the architecture of a checkpoint.
     *
     * @throws CheckpointException if a number is out of bounds, or the checkpoint needs what the decoder lacks
     */
    public ModelSpec spec(ModelConfig config) {
        return reader.apply(config, names.keySet());
    }

    /** Returns the name of a tensor in the checkpoint; {@code layer} and {@code expert} count from 0. */
    public String tensorName(Weight weight, int layer, int expert) {
        String name = names.get(weight);
        if (name == null) {
            throw new IllegalArgumentException(family + " has no " + weight);
        }
        return name.replace("{layer}", Integer.toString(layer)).replace("{expert}", Integer.toString(expert));
    }

    public Layout layout(Weight weight) {
        return layout.getOrDefault(weight, Layout.PLAIN);
    }
}
