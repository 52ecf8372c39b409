package dev.sublinear.model.rotary;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.stream.Stream;

/**
 * How the tokens of a step are rotated: of a pair of numbers, which lie half a rotated part apart, the first becomes first ·
 * cos - second · sin, the second second · cos + first · sin.
 *
 * @param pairs of a head that are rotated, its first ones
 * @param cos (T, pairs)
 * @param sin (T, pairs)
 */
@SuppressWarnings("ArrayRecordComponent") // made for one step
public record Rotation(int pairs, float[] cos, float[] sin) {
    public static final Rotation NONE = new Rotation(0, new float[0], new float[0]);

    /** Rotates heads of {@code size} numbers each, one after the other, as those of a token of the step. */
    public void rotate(int token, float[] numbers, int at, int heads, int size) {
        int angle = token * pairs;
        for (int head = at; head < at + heads * size; head += size) {
            for (int pair = 0; pair < pairs; pair++) {
                float first = numbers[head + pair];
                float second = numbers[head + pairs + pair];
                numbers[head + pair] = first * cos[angle + pair] - second * sin[angle + pair];
                numbers[head + pairs + pair] = second * cos[angle + pair] + first * sin[angle + pair];
            }
        }
    }

    /** Cosines and sines for {@code attention.py}, (T, 1, 2 · pairs) both: halves alike, but for the sign of the first of the sines. */
    public Stream<NDArray> tensors(NDManager manager) {
        int tokens = cos.length / pairs;
        float[] cosines = new float[2 * cos.length];
        float[] sines = new float[2 * sin.length];
        for (int token = 0; token < tokens; token++) {
            for (int pair = 0; pair < pairs; pair++) {
                int from = token * pairs + pair;
                int first = 2 * token * pairs + pair;
                cosines[first] = cosines[first + pairs] = cos[from];
                sines[first] = -sin[from];
                sines[first + pairs] = sin[from];
            }
        }
        Shape shape = new Shape(tokens, 1, 2L * pairs);
        return Stream.of(manager.create(cosines, shape), manager.create(sines, shape));
    }
}
