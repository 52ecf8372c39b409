package dev.sublinear.model.rotary;

/**
 * Rotary position embedding as Hugging Face lays it out: the two numbers of a pair lie half a rotated part apart.
 *
 * <p>Su et al., <a href="https://arxiv.org/abs/2104.09864">RoFormer</a>, 2021. Angles are float32 products, as there; sines
 * and cosines are taken one by one, so that their bits do not depend on the number of positions in a call.
 *
 * @param size the number of a head's first numbers that are rotated; even
 * @param theta the base of the frequencies
 * @param scaling the change of the frequencies for longer contexts
 */
public record Rotary(int size, double theta, RotaryScaling scaling) {

    /** Radians per position, one for each pair. */
    float[] frequencies() {
        float[] frequencies = new float[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1f / (float) Math.pow(theta, (float) (2 * i) / size);
        }
        return scaling.frequencies(this, frequencies);
    }

    /** Returns the rotation of tokens at these positions. */
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
