package dev.sublinear.model.family;

import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.DecoderArchitecture.Activation;
import dev.sublinear.model.DecoderArchitecture.Experts;
import dev.sublinear.model.DecoderArchitecture.Norm;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.rotary.Rotary;
import dev.sublinear.model.rotary.RotaryScaling;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** What Llama decides, for tests that make a {@link ModelSpec} without a checkpoint. */
public final class LlamaArchitecture {
    private LlamaArchitecture() {}

    /** With a tied head and rotation of whole heads. */
    public static DecoderArchitecture of(int layers, int headDim, double normEpsilon, double theta) {
        Set<Weight> weights = EnumSet.of(
                Weight.EMBEDDING,
                Weight.ATTENTION_NORM,
                Weight.QUERY,
                Weight.KEY,
                Weight.VALUE,
                Weight.ATTENTION_OUT,
                Weight.FFN_NORM,
                Weight.GATE,
                Weight.UP,
                Weight.DOWN,
                Weight.FINAL_NORM);
        List<Integer> zeros = Collections.nCopies(layers, 0);
        return new DecoderArchitecture(
                weights,
                Norm.RMS,
                normEpsilon,
                0,
                false,
                Activation.SILU,
                false,
                1 / Math.sqrt(headDim),
                0,
                0,
                1,
                zeros,
                List.of(new Rotary(headDim, theta, new RotaryScaling.None())),
                zeros,
                Experts.NONE);
    }
}
