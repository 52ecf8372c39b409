package dev.sublinear.model;

import dev.sublinear.model.rotary.Rotary;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * What distinguishes decoders of the same sizes. Where norms and biases are, and whether the feed-forward part is gated,
 * follows from {@code weights}.
 *
 * @param weights the tensors that the model has
 * @param norm how a norm measures a row
 * @param normEpsilon added to the mean square or the variance of a row
 * @param normOffset added to the stored weights of a norm: 1 for Gemma, whose norms multiply by 1 + w
 * @param wideHeadNorm whether the norms of queries and keys measure all heads together, not each by itself
 * @param activation the function inside the feed-forward part
 * @param parallel whether the feed-forward part reads the same input as attention, not the output of attention
 * @param attentionScale the factor of query times key
 * @param attentionCap c of the soft cap c·tanh(x / c) of attention scores; 0 for none
 * @param logitCap c of the same cap of logits; 0 for none
 * @param embeddingScale the factor of rows of the embedding
 * @param windows for each layer the number of newest tokens that a token attends to, itself included; 0 for all
 * @param rotary the rotary embeddings of the model; none where positions are learned
 * @param rotaryOf for each layer the index of its rotary embedding
 * @param experts the feed-forward parts that a router chooses from
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
        /** By the mean square. */
        RMS,
        /** By the mean and the variance. */
        LAYER
    }

    /** The function that the feed-forward part applies to each number. */
    public enum Activation {
        SILU,
        GELU,
        /** GELU approximated with tanh. */
        GELU_TANH
    }

    /**
     * Feed-forward parts of which a router chooses some for each token.
     *
     * @param count the number of experts; 0 where one feed-forward part serves all tokens
     * @param perToken the number of experts that a token is sent to
     * @param size the intermediate size of each expert
     * @param sharedSize the intermediate size of the expert that every token is sent to; 0 for none
     * @param normalized whether the probabilities of the chosen experts are scaled to sum to one
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

    /** The same architecture with one more weight. */
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

    /** Whether some layers attend to the newest tokens alone. */
    public boolean hasWindows() {
        return windows.stream().anyMatch(window -> window > 0);
    }
}
