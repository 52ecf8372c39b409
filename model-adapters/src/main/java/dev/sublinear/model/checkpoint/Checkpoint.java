package dev.sublinear.model.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sublinear.model.ModelSpec;

/**
 * A trained model as its makers published it, in whatever format: everything that can be known without reading a weight, and
 * the weights. The weights are for one thread at a time; another may meanwhile ask for the rest.
 */
public interface Checkpoint extends AutoCloseable {

    /** What its directory or file is called. */
    String name();

    ModelSpec spec();

    /** The numbers of its matrices and norms. */
    StoredWeights weights();

    /**
     * Its tokenizer, in the form of tokenizer.json.
     *
     * @throws CheckpointException if it has none
     */
    ObjectNode tokenizer();

    /** The texts of its chat templates, not yet parsed. */
    TemplateSources templates();

    /** How its makers would have it sampled. */
    GenerationDefaults generationDefaults();

    /**
     * Tells its weights from others: 64 hexadecimal digits that stay the same wherever a copy lies.
     *
     * @see Fingerprint
     */
    String fingerprint();

    @Override
    void close();
}
