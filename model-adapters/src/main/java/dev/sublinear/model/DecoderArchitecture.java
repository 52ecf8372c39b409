package dev.sublinear.model;

import dev.sublinear.model.rotary.Rotary;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What families of decoders decide differently. Where a norm or bias stands, and whether the feed-forward part is gated, is
 * told by the weights that there are.
 *
 * @param weights the tensors that the model has
 * @param norm how a norm measures
 * @param normEpsilon what it adds to the mean square
 * @param normOffset what is added to the weights of a norm as stored: 1 for Gemma, whose norms multiply by 1 + w
 * @param wideHeadNorm whether the norms of queries and keys measure all heads together instead of each
 * @param activation of the feed-forward part
 * @param parallel whether the feed-forward part reads what attention reads, instead of what it leaves
 * @param attentionScale what query times key is multiplied by
 * @param attentionCap c of the soft cap c·tanh(x / c) of these products; 0 for none
 * @param logitCap the same of logits
 * @param embeddingScale what rows of the embedding are multiplied by
 * @param windows for each layer, how many of the newest tokens it attends to, itself included; 0 for all
 * @param rotary the rotary embeddings that layers choose from; none where positions are learned
 * @param rotaryOf for each layer, which of them is its own
 */
public record DecoderArchitecture(
        Set<Weight> weights,
        Norm norm,
        double normEpsilon,
        double normOffset,
        boolean wideHeadNorm,
        Activation activation,
        boolean parallel,
        double attentionScale,
        double attentionCap,
        double logitCap,
        double embeddingScale,
        List<Integer> windows,
        List<Rotary> rotary,
        List<Integer> rotaryOf,
        Experts experts) {

    /** How a norm measures a row. */
    public enum Norm {
        /** By its mean square. */
        RMS,
        /** By its mean and variance. */
        LAYER
    }

    /** What the feed-forward part applies to each number. */
    public enum Activation {
        SILU,
        GELU,
        /** GELU by its approximation with tanh. */
        GELU_TANH
    }

    /**
     * Feed-forward parts of which a router chooses some for each token.
     *
     * @param count of them; 0 where there is one feed-forward part for all tokens
     * @param perToken how many a token is sent to
     * @param size of each, inside
     * @param sharedSize of the one that sees every token besides; 0 for none
     * @param normalized whether the chosen ones' probabilities are made to sum to one
     */
    public record Experts(int count, int perToken, int size, int sharedSize, boolean normalized) {
        public static final Experts NONE = new Experts(0, 0, 0, 0, false);
    }

    public DecoderArchitecture {
        weights = Set.copyOf(weights);
        windows = List.copyOf(windows);
        rotary = List.copyOf(rotary);
        rotaryOf = List.copyOf(rotaryOf);
    }

    /** The same with one weight more. */
    DecoderArchitecture with(Weight weight) {
        Set<Weight> more = EnumSet.of(weight);
        more.addAll(weights);
        return new DecoderArchitecture(
                more,
                norm,
                normEpsilon,
                normOffset,
                wideHeadNorm,
                activation,
                parallel,
                attentionScale,
                attentionCap,
                logitCap,
                embeddingScale,
                windows,
                rotary,
                rotaryOf,
                experts);
    }

    public boolean has(Weight weight) {
        return weights.contains(weight);
    }

    /** Whether some layers attend to the newest tokens only. */
    public boolean hasWindows() {
        return windows.stream().anyMatch(window -> window > 0);
    }
}
