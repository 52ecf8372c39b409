package dev.sublinear.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;

/**
 * A trained model in any file format: its weights, and all that is known without reading them. One thread at a time may read
 * the weights; other threads may ask for the rest meanwhile.
 */
public interface Checkpoint extends AutoCloseable {

    /** The name of its directory or file, without the path. */
    String name();

    ModelSpec spec();

    /** The numbers of its weights. */
    StoredWeights weights();

    /**
     * Returns its tokenizer in the form of tokenizer.json.
     *
     * @throws CheckpointException if it has no tokenizer
     */
    ObjectNode tokenizer();

    /** The texts of its chat templates, not yet parsed. */
    TemplateSources templates();

    /** The sampling that its makers recommend. */
    GenerationDefaults generationDefaults();

    /**
     * Returns 64 hexadecimal digits that differ between checkpoints, and are the same for every copy of one.
     *
     * @see Fingerprint
     */
    String fingerprint();

    @Override
    void close();
}
