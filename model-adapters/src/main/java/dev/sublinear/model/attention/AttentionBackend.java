package dev.sublinear.model.attention;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * A way to compute attention: it rotates the queries and keys of chunks, writes their keys and values into the caches, and
 * attends over what these hold then. Owned by the thread that runs the model.
 */
public interface AttentionBackend {

    /**
     * Whether it attends a chunk, which may not be claimed yet. The answer depends on the chunk alone and never on the step, so
     * that a sequence gets the same numbers beside any others.
     */
    boolean takes(Chunk chunk);

    /**
     * Attends chunks that it takes and that have been claimed: reads {@link AttentionTensors#projected} and writes {@link
     * AttentionTensors#attended}, both at the tokens of the chunks.
     *
     * @return for each chunk in turn the signals that {@link Chunk#settle} hands to its cache
     */
    List<NDArray> attend(LayerStep step);
}
