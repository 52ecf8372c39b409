package dev.sublinear.model;

import ai.djl.ndarray.types.Shape;

/** The tensors that a decoder has. Matrices are stored as (outputs, inputs). */
public enum Weight {
    /** One row for each token of the vocabulary. */
    EMBEDDING(false),
    ATTENTION_NORM(true),
    QUERY(true),
    KEY(true),
    VALUE(true),
    ATTENTION_OUT(true),
    FFN_NORM(true),
    GATE(true),
    UP(true),
    DOWN(true),
    FINAL_NORM(false),
    /** The output layer; there is none of its own when the embedding serves for both ({@link ModelSpec#tiedHead}). */
    HEAD(false);

    private final boolean perLayer;

    Weight(boolean perLayer) {
        this.perLayer = perLayer;
    }

    /** Whether each layer has one. */
    public boolean perLayer() {
        return perLayer;
    }

    /** How many of it a checkpoint holds. */
    public int copies(ModelSpec spec) {
        if (this == HEAD && spec.tiedHead()) {
            return 0;
        }
        return perLayer ? spec.layers() : 1;
    }

    /** Its shape, for each copy. */
    public Shape shape(ModelSpec spec) {
        int hidden = spec.hiddenSize();
        int queries = spec.heads() * spec.headDim();
        int keys = spec.kvHeads() * spec.headDim();
        return switch (this) {
            case EMBEDDING, HEAD -> new Shape(spec.vocabSize(), hidden);
            case ATTENTION_NORM, FFN_NORM, FINAL_NORM -> new Shape(hidden);
            case QUERY -> new Shape(queries, hidden);
            case KEY, VALUE -> new Shape(keys, hidden);
            case ATTENTION_OUT -> new Shape(hidden, queries);
            case GATE, UP -> new Shape(spec.intermediateSize(), hidden);
            case DOWN -> new Shape(hidden, spec.intermediateSize());
        };
    }
}
