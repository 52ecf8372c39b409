package dev.sublinear.model.rotary;

/**
 * Rotary position embedding as Hugging Face lays it out: the two numbers of a pair lie half a rotated part apart.
 *
 * <p>Su et al., <a href="https://arxiv.org/abs/2104.09864">RoFormer</a>, 2021. Angles are float32 products, as there; sines
 * and cosines are taken one by one, so that their bits do not depend on how many positions are asked for at once.
 *
 * @param size how many of the numbers of a head are rotated, its first ones; even
 * @param theta the base of the frequencies
 * @param scaling how the frequencies are changed for longer contexts
 */
public record Rotary(int size, double theta, RotaryScaling scaling) {

    /** Radians per position, for each pair. */
    float[] frequencies() {
        float[] frequencies = new float[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (float) Math.pow(theta, (float) (2 * i) / size);
        }
        return scaling.frequencies(this, frequencies);
    }

    /** Returns how tokens at these positions are rotated. */
    public Rotation at(int[] positions) {
        float[] frequencies = frequencies();
        float factor = (float) scaling.attentionFactor();
        int pairs = frequencies.length;
        float[] cos = new float[positions.length * pairs];
        float[] sin = new float[cos.length];
        for (int token = 0; token < positions.length; token++) {
            for (int pair = 0; pair < pairs; pair++) {
                float angle = positions[token] * frequencies[pair];
                cos[token * pairs + pair] = (float) Math.cos(angle) * factor;
                sin[token * pairs + pair] = (float) Math.sin(angle) * factor;
            }
        }
        return new Rotation(pairs, cos, sin);
    }
}
