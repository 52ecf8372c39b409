package dev.sublinear.model.attention.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The parts of a softmax over the scores of a query. The rules of {@link VectorAttention} hold. */
final class Softmax {
    private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
    private static final int L = LANES.length();

    private static final float LOG2_E = 1.44269504f;
    private static final float LN_2_HIGH = 0.693359375f;
    private static final float LN_2_LOW = -2.12194440e-4f;
    private static final float ROUNDER = 12582912f; // 1.5 · 2^23: what is added to it is rounded to a whole number
    private static final float LEAST = -87f; // e to it is the smallest normal number

    private final float[] lanes = new float[L];

    /** Returns the greatest of {@code count} scores; up to a vector of numbers after them are overwritten. */
    float greatest(float[] scores, int at, int count) {
        int end = (count + L - 1) / L * L;
        Arrays.fill(scores, at + count, at + end, Float.NEGATIVE_INFINITY);
        FloatVector most = FloatVector.broadcast(LANES, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < end; i += L) {
            most = most.max(FloatVector.fromArray(LANES, scores, at + i));
        }
        return most.reduceLanes(VectorOperators.MAX);
    }

    /** Replaces scores by exponentials of their distance from the greatest; returns the sum, NaN if that is not finite. */
    float exponentials(float[] scores, int at, int count, float max) {
        if (!Float.isFinite(max)) {
            return Float.NaN;
        }
        int end = (count + L - 1) / L * L;
        FloatVector greatest = FloatVector.broadcast(LANES, max);
        FloatVector sum = FloatVector.zero(LANES);
        for (int i = 0; i < end; i += L) {
            FloatVector power = exp(FloatVector.fromArray(LANES, scores, at + i).sub(greatest));
            power.intoArray(scores, at + i);
            sum = sum.add(power);
        }
        sum.intoArray(lanes, 0);
        float all = 0;
        for (float lane : lanes) {
            all += lane;
        }
        return all;
    }

    /** Of numbers up to 0, by Cephes' polynomial: lanewise(EXP) has other bits interpreted than compiled. */
    private static FloatVector exp(FloatVector x) {
        FloatVector within = x.max(LEAST);
        FloatVector rounded = within.fma(FloatVector.broadcast(LANES, LOG2_E), FloatVector.broadcast(LANES, ROUNDER));
        FloatVector whole = rounded.sub(ROUNDER);
        FloatVector rest = whole.fma(FloatVector.broadcast(LANES, -LN_2_HIGH), within);
        rest = whole.fma(FloatVector.broadcast(LANES, -LN_2_LOW), rest);
        FloatVector p = FloatVector.broadcast(LANES, 1.9875691500e-4f);
        p = p.fma(rest, FloatVector.broadcast(LANES, 1.3981999507e-3f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 8.3334519073e-3f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 4.1665795894e-2f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 1.6666665459e-1f));
        p = p.fma(rest, FloatVector.broadcast(LANES, 5.0000001201e-1f));
        p = p.fma(rest.mul(rest), rest.add(1f));
        return p.reinterpretAsInts()
                .add(rounded.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23))
                .reinterpretAsFloats();
    }
}
