package dev.sublinear.model;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.Kernels.Rotation;

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

    /** Returns the rotations of tokens at these positions: x becomes x · cos + (x with its halves swapped) · sin. */
    Rotation at(int[] positions, NDManager manager) {
        float[] frequencies = frequencies();
        float factor = (float) scaling.attentionFactor();
        int half = frequencies.length;
        float[] cos = new float[positions.length * 2 * half];
        float[] sin = new float[cos.length];
        for (int token = 0; token < positions.length; token++) {
            for (int i = 0; i < half; i++) {
                float angle = positions[token] * frequencies[i];
                int first = token * 2 * half + i;
                cos[first] = cos[first + half] = (float) Math.cos(angle) * factor;
                sin[first + half] = (float) Math.sin(angle) * factor;
                sin[first] = -sin[first + half];
            }
        }
        Shape shape = new Shape(positions.length, 1, 2L * half);
        return new Rotation(manager.create(cos, shape), manager.create(sin, shape));
    }
}
