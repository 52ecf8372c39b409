package dev.sublinear.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The numbers in which the matrices of a model are held and multiplied. Everything else is float32. */
public enum Precision {
    /** Exact: what the other three are measured against. */
    F32("f32", 4),
    /**
     * Weights and activations rounded to 8 bits of mantissa: exact for the weights of most checkpoints. Where the processor
     * multiplies no bfloat16, float16 weights, 11 bits, and activations as they are.
     */
    BF16("bf16", 2),
    /** Weights rounded to 8 bits of the range of their output; activations bfloat16. */
    INT8("int8", 1),
    /** The same weights, and the activations of each token rounded to 8 bits of its range, or twice to 7 where it matters. */
    INT8_DYNAMIC("int8-dynamic", 1);

    private final String key;
    private final int bytesPerWeight;

    Precision(String key, int bytesPerWeight) {
        this.key = key;
        this.bytesPerWeight = bytesPerWeight;
    }

    /** The name by which configuration and {@code decoder.py} know it. */
    public String key() {
        return key;
    }

    /** Bytes of a weight of a packed matrix. */
    public int bytesPerWeight() {
        return bytesPerWeight;
    }

    /**
     * Returns the precision of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Precision named(String key) {
        return find(key)
                .orElseThrow(() -> new IllegalArgumentException("must be one of " + keys() + ", was \"" + key + "\""));
    }

    /** Returns the precision of a name, if there is one. */
    public static Optional<Precision> find(String key) {
        return Arrays.stream(values())
                .filter(precision -> precision.key.equals(key))
                .findFirst();
    }

    /** All names, with commas between them. */
    public static String keys() {
        return Arrays.stream(values()).map(Precision::key).collect(Collectors.joining(", "));
    }

    @Override
    public String toString() {
        return key;
    }
}
