package dev.sublinear.model;

/** Whether the results of a token depend on the other tokens of its step. Tested when a model is loaded. */
public enum Invariance {
    /** A token gets the same bits beside any others. */
    BITWISE("bitwise"),
    /** A token gets the same numbers up to rounding. */
    TOLERANT("tolerant");

    private final String key;

    Invariance(String key) {
        this.key = key;
    }

    public static Invariance of(boolean sameBits) {
        return sameBits ? BITWISE : TOLERANT;
    }

    @Override
    public String toString() {
        return key;
    }
}
