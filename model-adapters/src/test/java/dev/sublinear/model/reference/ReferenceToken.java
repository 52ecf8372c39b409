package dev.sublinear.model.reference;

/** One token as one key-value head of one layer remembers it. */
public final class ReferenceToken {
    private final int position;
    private final double[] key;
    private final double[] value;
    private double importance;

    ReferenceToken(int position, double[] key, double[] value) {
        this.position = position;
        this.key = key;
        this.value = value;
    }

    /** The place in the sequence, which no eviction changes. */
    public int position() {
        return position;
    }

    /** The sum of the attention weights that queries gave this token, each averaged over the query heads that share it. */
    public double importance() {
        return importance;
    }

    /** Rotated for {@link #position}. */
    double[] key() {
        return key;
    }

    double[] value() {
        return value;
    }

    void observe(double weight) {
        importance += weight;
    }
}
