package dev.sublinear.model.checkpoint;

/**
 * The type of numbers in which a checkpoint stores its matrices.
 *
 * @param name as its format calls it, such as BF16 or Q4_K
 * @param bitsPerWeight with the scales that blocks of numbers share
 */
public record WeightType(String name, double bitsPerWeight) {
    public static final WeightType FLOAT32 = new WeightType("F32", Float.SIZE);

    @Override
    public String toString() {
        return name;
    }
}
