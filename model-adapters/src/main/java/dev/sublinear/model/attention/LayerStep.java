package dev.sublinear.model.attention;

import dev.sublinear.model.rotary.Rotation;
import java.util.List;

/**
 * What a backend attends at once: some chunks of one layer.
 *
 * @param layer from 0 on
 * @param chunks at least one; their tokens follow one another in the step
 */
public record LayerStep(int layer, List<Chunk> chunks, AttentionTensors tensors) {

    /** Returns which token of the step is the first. */
    public int first() {
        return chunks.get(0).first();
    }

    /** Returns how many tokens all chunks have together. */
    public int tokens() {
        return chunks.get(chunks.size() - 1).end() - first();
    }

    /** Returns how the layer rotates the tokens of the step. */
    public Rotation rotation() {
        return tensors.rotations().of(layer);
    }
}
