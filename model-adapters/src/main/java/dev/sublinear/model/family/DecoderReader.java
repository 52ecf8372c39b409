package dev.sublinear.model.family;

import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.DecoderArchitecture.Activation;
import dev.sublinear.model.DecoderArchitecture.Experts;
import dev.sublinear.model.DecoderArchitecture.Norm;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.rotary.Rotary;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Makes a spec from a config.json with the names that Hugging Face gives in nearly every family. Without settings it reads a
 * Llama; a family sets what differs.
 */
final class DecoderReader {
    private static final int MAX_HIDDEN = 1 << 17;
    private static final int MAX_INTERMEDIATE = 1 << 19;
    private static final int MAX_HEADS = 1 << 12;
    private static final int MAX_HEAD_DIM = 1 << 12;
    private static final Map<String, Activation> ACTIVATIONS = Map.of(
            "silu", Activation.SILU,
            "swish", Activation.SILU,
            "gelu", Activation.GELU,
            "gelu_new", Activation.GELU_TANH,
            "gelu_pytorch_tanh", Activation.GELU_TANH);

    private final ModelConfig config;
    private final Set<Weight> weights;
    private boolean tied;
    private Norm norm = Norm.RMS;
    private String epsilonKey = "rms_norm_eps";
    private double normOffset;
    private boolean wideHeadNorm;
    private Activation activation = Activation.SILU;
    private boolean parallel;
    private double queryScalar;
    private double attentionCap;
    private double logitCap;
    private boolean scaledEmbedding;
    private boolean learnedPositions;
    private int intermediateFactor;
    private double rotaryPart = 1;
    private double theta = 10_000;
    private double localTheta;
    private IntPredicate windowed = layer -> false;
    private Experts experts = Experts.NONE;

    DecoderReader(ModelConfig config, Set<Weight> named) {
        this.config = config;
        this.weights = EnumSet.copyOf(named);
        config.requireAbsent("quantization_config");
    }

    DecoderReader without(Weight... absent) {
        weights.removeAll(Arrays.asList(absent));
        return this;
    }

    /** The head is tied where config.json does not say. */
    DecoderReader tiedByDefault() {
        tied = true;
        return this;
    }

    DecoderReader layerNorm(String key) {
        norm = Norm.LAYER;
        epsilonKey = key;
        return this;
    }

    DecoderReader normOffset(double offset) {
        normOffset = offset;
        return this;
    }

    DecoderReader wideHeadNorm() {
        wideHeadNorm = true;
        return this;
    }

    DecoderReader activation(Activation fixed) {
        activation = fixed;
        return this;
    }

    DecoderReader activation(String key) {
        activation = config.named(key, ACTIVATIONS, activation);
        return this;
    }

    DecoderReader parallel(boolean feedForward) {
        parallel = feedForward;
        return this;
    }

    DecoderReader scaledEmbedding() {
        scaledEmbedding = true;
        return this;
    }

    DecoderReader learnedPositions() {
        learnedPositions = true;
        return this;
    }

    /** The intermediate size where config.json has none, in hidden sizes. */
    DecoderReader defaultIntermediate(int hiddenSizes) {
        intermediateFactor = hiddenSizes;
        return this;
    }

    /** Queries are divided by the square root of {@code query_pre_attn_scalar}, or of this default, not of the head's size. */
    DecoderReader queryScalar(double byDefault) {
        queryScalar = config.number("query_pre_attn_scalar", 1e-3, 1e6, byDefault);
        return this;
    }

    /** The soft caps where config.json has none. One that is null there is off. */
    DecoderReader caps(double attention, double logits) {
        attentionCap = config.numberOrNull("attn_logit_softcapping", 1e-3, 1e6, attention);
        logitCap = config.numberOrNull("final_logit_softcapping", 1e-3, 1e6, logits);
        return this;
    }

    /** The share of a head's numbers that is rotated, where config.json has none. */
    DecoderReader rotaryPart(double byDefault) {
        rotaryPart = byDefault;
        return this;
    }

    /** Layers with a window rotate by a base of their own. Both bases are for a config.json that has none. */
    DecoderReader localRotary(double global, double local) {
        theta = global;
        localTheta = local;
        return this;
    }

    /** The layers that have config.json's {@code sliding_window}, where it has no {@code layer_types}. */
    DecoderReader windows(IntPredicate layers) {
        windowed = layers;
        return this;
    }

    DecoderReader experts(Experts chosen) {
        config.require(
                chosen.perToken() <= chosen.count(),
                "\"num_experts_per_tok\" must not be above the " + chosen.count() + " experts, was "
                        + chosen.perToken());
        experts = chosen;
        return this;
    }

    ModelSpec spec() {
        int hidden = config.integer("hidden_size", 1, MAX_HIDDEN);
        int heads = config.integer("num_attention_heads", 1, MAX_HEADS);
        int kvHeads = config.integer("num_key_value_heads", 1, heads, heads);
        config.require(
                config.has("head_dim") || hidden % heads == 0,
                "\"num_attention_heads\" must divide \"hidden_size\" " + hidden + ", was " + heads);
        config.require(
                heads % kvHeads == 0,
                "\"num_key_value_heads\" must divide \"num_attention_heads\" " + heads + ", was " + kvHeads);
        int headDim = config.integer("head_dim", 1, MAX_HEAD_DIM, hidden / heads);
        config.require(headDim % 2 == 0, "\"head_dim\" must be even, was " + headDim);
        int vocabulary = config.integer("vocab_size", 1, 1 << 20);
        int layers = config.integer("num_hidden_layers", 1, 512);
        int intermediate = intermediateFactor > 0
                ? config.integer("intermediate_size", 1, MAX_INTERMEDIATE, intermediateFactor * hidden)
                : config.integer("intermediate_size", 1, MAX_INTERMEDIATE);
        RotaryReader rotaryReader = new RotaryReader(
                config, headDim, config.integer("max_position_embeddings", 1, 1 << 22, 2048), rotaryPart);
        boolean tiedHead = config.flag("tie_word_embeddings", tied);
        if (tiedHead) {
            weights.remove(Weight.HEAD);
        }
        List<Integer> windows = windows(layers);
        List<Rotary> rotary = rotary(rotaryReader);
        List<Integer> rotaryOf = windows.stream()
                .map(window -> rotary.size() > 1 && window > 0 ? 1 : 0)
                .toList();
        return new ModelSpec(
                config.family(),
                vocabulary,
                hidden,
                intermediate,
                layers,
                heads,
                kvHeads,
                headDim,
                rotaryReader.context(),
                new DecoderArchitecture(
                        weights,
                        norm,
                        config.number(epsilonKey, 1e-12, 1, norm == Norm.RMS ? 1e-6 : 1e-5),
                        normOffset,
                        wideHeadNorm,
                        activation,
                        parallel,
                        1 / Math.sqrt(queryScalar > 0 ? queryScalar : headDim),
                        attentionCap,
                        logitCap,
                        scaledEmbedding ? Math.sqrt(hidden) : 1,
                        windows,
                        rotary,
                        rotaryOf,
                        experts),
                tiedHead,
                config.stopIds(vocabulary),
                config.bosId(vocabulary));
    }

    private List<Integer> windows(int layers) {
        int window = config.integer("sliding_window", 0, 1 << 22, 0);
        List<String> types = config.layerTypes(layers);
        return IntStream.range(0, layers)
                .map(layer -> {
                    boolean local = types.isEmpty()
                            ? windowed.test(layer)
                            : types.get(layer).equals("sliding_attention");
                    config.require(
                            types.isEmpty() || !local || window > 0,
                            "\"sliding_window\" must be a whole number, \"layer_types\" names layers that have it");
                    return local ? window : 0;
                })
                .boxed()
                .toList();
    }

    private List<Rotary> rotary(RotaryReader reader) {
        if (learnedPositions) {
            return List.of();
        }
        List<Rotary> rotary = new ArrayList<>(List.of(reader.global(theta)));
        if (localTheta > 0) {
            rotary.add(reader.local(localTheta));
        }
        return rotary;
    }
}
