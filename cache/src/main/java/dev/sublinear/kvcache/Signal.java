package dev.sublinear.kvcache;

/** What a scorer reads of an attention call beyond the keys and values. */
public enum Signal {
    /** The softmax weights. Without this, attention need not hand them over. */
    ATTENTION_WEIGHTS
}
