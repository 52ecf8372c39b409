package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.ModelSpec;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Optional;

/**
 * What the layers hand to attention and take from it, for the T tokens of a step: the same tensors serve one layer after the
 * other. They belong to the scope of the step.
 */
public final class AttentionTensors {
    private final NDArray projected;
    private final NDArray attended;
    private final StepRotations rotations;
    private Optional<FloatBuffer> projectedMemory = Optional.empty();
    private Optional<FloatBuffer> attendedMemory = Optional.empty();

    public AttentionTensors(NDManager manager, int tokens, ModelSpec spec, StepRotations rotations) {
        int heads = spec.heads() + 2 * spec.kvHeads();
        this.projected = manager.create(new Shape(tokens, heads, spec.headDim()));
        this.attended = manager.create(new Shape(tokens, (long) spec.heads() * spec.headDim()));
        this.rotations = rotations;
    }

    /** Queries, keys and values of all heads as the layer projects them, not rotated yet, float32, (T, H * G + 2 * H, S). */
    public NDArray projected() {
        return projected;
    }

    /** What the queries find, float32, (T, H * G * S). */
    public NDArray attended() {
        return attended;
    }

    /** The numbers of {@link #projected}, where tensors lie in the memory of the processor. */
    FloatBuffer projectedMemory() {
        if (projectedMemory.isEmpty()) {
            projectedMemory = Optional.of(memory(projected));
        }
        return projectedMemory.orElseThrow();
    }

    /** The numbers of {@link #attended}, where tensors lie in the memory of the processor. */
    FloatBuffer attendedMemory() {
        if (attendedMemory.isEmpty()) {
            attendedMemory = Optional.of(memory(attended));
        }
        return attendedMemory.orElseThrow();
    }

    private static FloatBuffer memory(NDArray tensor) {
        return tensor.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    /** How each layer rotates queries and keys. */
    public StepRotations rotations() {
        return rotations;
    }
}
