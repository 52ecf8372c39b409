package dev.sublinear.model.checkpoint;

import dev.sublinear.model.Weight;
import java.nio.FloatBuffer;

/** The numbers of a checkpoint, by what they are for. For one thread at a time. */
public interface StoredWeights {

    /** How the numbers of a weight lie. */
    enum Layout {
        /** (outputs, inputs), as {@link Weight#shape} has it. */
        PLAIN,
        /** (inputs, outputs). */
        TRANSPOSED,
        /** The query, key and value of one head, then those of the next. */
        INTERLEAVED
    }

    /** In what most numbers of its matrices are stored. */
    WeightType type();

    Layout layout(Weight weight);

    /**
     * Fills what remains of {@code into} with numbers of a weight, in the order of its {@link #layout}. Memory beyond
     * {@code into} does not grow with the weight.
     *
     * @param layer counted from 0; 0 for a weight of no layer
     * @param expert counted from 0; 0 where there are none
     * @param fromElement the first number
     * @throws CheckpointException if a number is infinite or none, or if a file has changed since it was opened
     * @throws IndexOutOfBoundsException if the weight ends before {@code into} is full
     */
    void read(Weight weight, int layer, int expert, long fromElement, FloatBuffer into);

    /**
     * To be called when reading has ended: what was read before and after a change does not belong together.
     *
     * @throws CheckpointException if a file has changed since it was opened
     */
    void verifyUnchanged();
}
