package dev.sublinear.model.family;

import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.checkpoint.CheckpointException;
import dev.sublinear.model.checkpoint.StoredWeights.Layout;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * A family of models: how its config.json reads and how its tensors are named and laid out. Data, not code.
 *
 * @param architecture what config.json calls the family
 * @param names of tensors in a checkpoint; {@code {layer}} and {@code {expert}} stand for numbers
 * @param layout of those that are not stored as {@link Weight} has them
 * @param reader makes a spec of config.json, for the weights that are named
 */
public record ModelAdapter(
        String architecture,
        Map<Weight, String> names,
        Map<Weight, Layout> layout,
        BiFunction<ModelConfig, Set<Weight>, ModelSpec> reader) {

    public ModelAdapter {
        names = Map.copyOf(names);
        layout = Map.copyOf(layout);
    }

    /**
     * The sizes and choices of a checkpoint.
     *
     * @throws CheckpointException if a number is out of bounds, or the checkpoint asks for what the decoder lacks
     */
    public ModelSpec spec(ModelConfig config) {
        return reader.apply(config, names.keySet());
    }

    /** The name of a tensor in the checkpoint; {@code layer} and {@code expert} are counted from 0. */
    public String tensorName(Weight weight, int layer, int expert) {
        String name = names.get(weight);
        if (name == null) {
            throw new IllegalArgumentException(architecture + " has no " + weight);
        }
        return name.replace("{layer}", Integer.toString(layer)).replace("{expert}", Integer.toString(expert));
    }

    public Layout layout(Weight weight) {
        return layout.getOrDefault(weight, Layout.PLAIN);
    }
}
