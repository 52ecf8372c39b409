package dev.sublinear.model.checkpoint;

import dev.sublinear.model.Weight;
import java.nio.FloatBuffer;
import java.util.Optional;

/** The numbers of a checkpoint, by weight. For one thread at a time. */
public interface StoredWeights {

    /** The order of the numbers of a weight. */
    enum Layout {
        /** (outputs, inputs), as in {@link Weight#shape}. */
        PLAIN,
        /** (inputs, outputs). */
        TRANSPOSED,
        /** The query, key and value of one head, then those of the next. */
        INTERLEAVED
    }

    /**
     * Where numbers of a matrix lie that is stored in 4 bits: with q from 0 to 15, a number is (q - 8) · step + zero, which the
     * {@link #GROUP} numbers of a group share.
     */
    interface Grid {
        /** The neighbours in a row that have one step and one zero. */
        int GROUP = 32;

        /**
         * Fills what remains of {@code into} with the step and the zero of each group, row by row.
         *
         * @param fromRow the first row
         */
        void read(long fromRow, FloatBuffer into);
    }

    /** The type in which most numbers of the matrices are stored. */
    WeightType type();

    Layout layout(Weight weight);

    /**
     * Fills what remains of {@code into} with numbers of a weight, in the order of its {@link #layout}. Memory beyond
     * {@code into} does not grow with the weight.
     *
     * @param layer counted from 0; 0 for a weight of no layer
     * @param expert counted from 0; 0 where there are none
     * @param fromElement the first number
     * @throws CheckpointException if a number is infinite or NaN, or if a file has changed since it was opened
     * @throws IndexOutOfBoundsException if the weight ends before {@code into} is full
     */
    void read(Weight weight, int layer, int expert, long fromElement, FloatBuffer into);

    /**
     * Returns the grid of a matrix, if it is stored in 4 bits.
     *
     * @param layer counted from 0; 0 for a weight of no layer
     * @param expert counted from 0; 0 where there are none
     */
    default Optional<Grid> grid(Weight weight, int layer, int expert) {
        return Optional.empty();
    }

    /**
     * Checks at the end of reading that all numbers came from the same files.
     *
     * @throws CheckpointException if a file has changed since it was opened
     */
    void verifyUnchanged();
}
