package dev.sublinear.model;

/** Whether the numbers of a token depend on the tokens that share its step: found out when a model is loaded. */
public enum Invariance {
    /** A token gets the same bits whatever is beside it. */
    BITWISE("bitwise"),
    /** It gets the same numbers but for rounding. */
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
