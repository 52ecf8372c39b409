package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.sublinear.model.rotary.Rotation;
import java.util.List;
import java.util.Optional;

/** How each layer rotates the tokens of a step. Tensors belong to the scope of the step. */
public final class StepRotations {
    private final NDManager manager;
    private final List<Rotation> rotations;
    private final List<Integer> rotationOf;
    private Optional<NDArray[]> tensors = Optional.empty();

    /**
     * @param rotations one for each kind that the model has, perhaps none
     * @param rotationOf which of them each layer takes
     */
    public StepRotations(NDManager manager, List<Rotation> rotations, List<Integer> rotationOf) {
        this.manager = manager;
        this.rotations = rotations;
        this.rotationOf = rotationOf;
    }

    Rotation of(int layer) {
        return rotations.isEmpty() ? Rotation.NONE : rotations.get(rotationOf.get(layer));
    }

    /** Returns the cosines and sines of every kind, see {@link Rotation#tensors}; made when they are asked for first. */
    public NDArray[] tensors() {
        if (tensors.isEmpty()) {
            tensors = Optional.of(rotations.stream()
                    .flatMap(rotation -> rotation.tensors(manager))
                    .toArray(NDArray[]::new));
        }
        return tensors.orElseThrow();
    }
}
