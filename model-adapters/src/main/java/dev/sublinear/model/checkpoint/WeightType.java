package dev.sublinear.model.checkpoint;

/**
 * The type of numbers in which a checkpoint stores its matrices.
 *
 * @param name its name in the file format, such as BF16 or Q4_K
 * @param bitsPerWeight bits of a weight, with its part of the scales that blocks of weights share
 */
public record WeightType(String name, double bitsPerWeight) {
    public static final WeightType FLOAT32 = new WeightType("F32", Float.SIZE);

    @Override
    public String toString() {
        return name;
    }
}
