package dev.sublinear.model;

import ai.djl.ndarray.types.Shape;

/**
 * The tensors that decoders have; which of them a model has is {@link DecoderArchitecture#weights}. Matrices are (outputs, inputs).
 * A fused matrix holds its parts below one another, in the order of its name.
 */
public enum Weight {
    /** One row for each token of the vocabulary. */
    EMBEDDING(Place.MODEL),
    /** One row for each position, where positions are learned. */
    POSITIONS(Place.MODEL),
    ATTENTION_NORM(Place.LAYER),
    ATTENTION_NORM_BIAS(Place.LAYER),
    QUERY(Place.LAYER),
    QUERY_BIAS(Place.LAYER),
    KEY(Place.LAYER),
    KEY_BIAS(Place.LAYER),
    VALUE(Place.LAYER),
    VALUE_BIAS(Place.LAYER),
    QUERY_KEY_VALUE(Place.LAYER),
    QUERY_KEY_VALUE_BIAS(Place.LAYER),
    /** Of each head, or of all heads together ({@link DecoderArchitecture#wideHeadNorm}). */
    QUERY_NORM(Place.LAYER),
    KEY_NORM(Place.LAYER),
    ATTENTION_OUT(Place.LAYER),
    ATTENTION_OUT_BIAS(Place.LAYER),
    /** Of the output of attention, before it is added. */
    AFTER_ATTENTION_NORM(Place.LAYER),
    FFN_NORM(Place.LAYER),
    FFN_NORM_BIAS(Place.LAYER),
    GATE(Place.LAYER),
    GATE_BIAS(Place.LAYER),
    UP(Place.LAYER),
    UP_BIAS(Place.LAYER),
    GATE_UP(Place.LAYER),
    DOWN(Place.LAYER),
    DOWN_BIAS(Place.LAYER),
    /** One row for each expert, which scores a token. */
    ROUTER(Place.LAYER),
    EXPERT_GATE(Place.EXPERT),
    EXPERT_UP(Place.EXPERT),
    EXPERT_DOWN(Place.EXPERT),
    /** Of the expert that sees every token. */
    SHARED_GATE(Place.LAYER),
    SHARED_UP(Place.LAYER),
    SHARED_DOWN(Place.LAYER),
    /** One row, which scores how much of the shared expert's output a token takes. */
    SHARED_SHARE(Place.LAYER),
    /** Of the output of the feed-forward part, before it is added. */
    AFTER_FFN_NORM(Place.LAYER),
    FINAL_NORM(Place.MODEL),
    FINAL_NORM_BIAS(Place.MODEL),
    /** The output layer. Absent where the embedding serves as both ({@link ModelSpec#tiedHead}). */
    HEAD(Place.MODEL);

    private enum Place {
        MODEL,
        LAYER,
        EXPERT
    }

    private final Place place;

    Weight(Place place) {
        this.place = place;
    }

    /** Whether a norm multiplies by it. */
    public boolean isNorm() {
        return name().endsWith("_NORM");
    }

    /** Whether a norm multiplies by it, or adds it. */
    public boolean isNormOrItsBias() {
        return name().contains("_NORM");
    }

    /** Whether it is added to a product or a norm. */
    boolean isBias() {
        return name().endsWith("_BIAS");
    }

    /** Whether it is a vector; all others are matrices. */
    public boolean isVector() {
        return isNorm() || isBias();
    }

    /** The number of numbers in each copy. */
    public long size(ModelSpec spec) {
        return shape(spec).size();
    }

    /** Whether it belongs to a layer, not to the model as a whole. */
    public boolean isOfLayer() {
        return place != Place.MODEL;
    }

    /** Whether each expert of a layer has its own. */
    public boolean isOfExpert() {
        return place == Place.EXPERT;
    }

    /** The number of a layer's copies that a token is multiplied with: of experts, those that it is sent to. */
    public long usedByToken(ModelSpec spec) {
        return place == Place.EXPERT ? spec.architecture().experts().perToken() : 1;
    }

    /** The number of layers that have one; 1 for a tensor of the whole model. */
    public int layers(ModelSpec spec) {
        return place == Place.MODEL ? 1 : spec.layers();
    }

    /** The number of copies in a layer. */
    public int experts(ModelSpec spec) {
        return place == Place.EXPERT ? spec.architecture().experts().count() : 1;
    }

    /** The number of copies in a checkpoint; 0 if the model does not have it. */
    public int copies(ModelSpec spec) {
        return spec.architecture().weights().contains(this) ? layers(spec) * experts(spec) : 0;
    }

    /** The shape of each copy. */
    public Shape shape(ModelSpec spec) {
        int hidden = spec.hiddenSize();
        int queries = spec.heads() * spec.headDim();
        int keys = spec.kvHeads() * spec.headDim();
        int inner = spec.intermediateSize();
        DecoderArchitecture architecture = spec.architecture();
        return switch (this) {
            case EMBEDDING, HEAD -> new Shape(spec.vocabSize(), hidden);
            case POSITIONS -> new Shape(spec.maxPositions(), hidden);
            case ATTENTION_NORM,
                    ATTENTION_NORM_BIAS,
                    AFTER_ATTENTION_NORM,
                    FFN_NORM,
                    FFN_NORM_BIAS,
                    AFTER_FFN_NORM,
                    FINAL_NORM,
                    FINAL_NORM_BIAS,
                    ATTENTION_OUT_BIAS,
                    DOWN_BIAS -> new Shape(hidden);
            case QUERY -> new Shape(queries, hidden);
            case QUERY_BIAS -> new Shape(queries);
            case KEY, VALUE -> new Shape(keys, hidden);
            case KEY_BIAS, VALUE_BIAS -> new Shape(keys);
            case QUERY_KEY_VALUE -> new Shape(queries + 2L * keys, hidden);
            case QUERY_KEY_VALUE_BIAS -> new Shape(queries + 2L * keys);
            case QUERY_NORM -> new Shape(architecture.wideHeadNorm() ? queries : spec.headDim());
            case KEY_NORM -> new Shape(architecture.wideHeadNorm() ? keys : spec.headDim());
            case ATTENTION_OUT -> new Shape(hidden, queries);
            case GATE, UP -> new Shape(inner, hidden);
            case GATE_BIAS, UP_BIAS -> new Shape(inner);
            case GATE_UP -> new Shape(2L * inner, hidden);
            case DOWN -> new Shape(hidden, inner);
            case ROUTER -> new Shape(architecture.experts().count(), hidden);
            case EXPERT_GATE, EXPERT_UP -> new Shape(architecture.experts().size(), hidden);
            case EXPERT_DOWN -> new Shape(hidden, architecture.experts().size());
            case SHARED_GATE, SHARED_UP -> new Shape(architecture.experts().sharedSize(), hidden);
            case SHARED_DOWN -> new Shape(hidden, architecture.experts().sharedSize());
            case SHARED_SHARE -> new Shape(1, hidden);
        };
    }
}
