package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Precision;
import dev.sublinear.model.Weight;
import dev.sublinear.model.decoder.Kernels.LayerParts;
import dev.sublinear.model.decoder.Kernels.LayerWeights;
import dev.sublinear.model.decoder.Kernels.Part;
import dev.sublinear.model.decoder.Packing.Packed;
import java.util.Locale;

/** Packs the weights of a layer as its architecture has them. */
final class LayerBuilder {
    private final Packing packing;
    private final Kernels kernels;
    private final ModelSpec spec;
    private final DecoderArchitecture architecture;
    private final Precision precision;
    private final Weights weights;
    private final boolean exact;
    private final boolean alike;

    LayerBuilder(Packing packing, Kernels kernels, ModelSpec spec, Precision precision, Weights weights) {
        this.packing = packing;
        this.kernels = kernels;
        this.spec = spec;
        this.architecture = spec.architecture();
        this.precision = precision;
        this.weights = weights;
        this.exact = precision == Precision.F32;
        this.alike = exact && kernels.areAlike(spec.headDim());
    }

    LayerWeights layer(int layer) {
        // The layer itself holds on to its parts.
        try (NDScope temporaries = new NDScope();
                Closer parts = new Closer()) {
            temporaries.suppressNotUsedWarning();
            return kernels.layer(
                    new LayerParts(
                            parts.add(norm(layer, Weight.ATTENTION_NORM, Weight.ATTENTION_NORM_BIAS)),
                            parts.add(queryKeyValue(layer)),
                            parts.add(headNorm(layer)),
                            parts.add(packed(layer, 0, Weight.ATTENTION_OUT, Weight.ATTENTION_OUT_BIAS)),
                            parts.add(norm(layer, Weight.AFTER_ATTENTION_NORM)),
                            parts.add(norm(layer, Weight.FFN_NORM, Weight.FFN_NORM_BIAS)),
                            parts.add(feedForward(layer, parts)),
                            parts.add(norm(layer, Weight.AFTER_FFN_NORM))),
                    architecture,
                    layer,
                    exact,
                    alike);
        }
    }

    /** A norm, or none if the model has no weights for it. */
    Part norm(int layer, Weight weight, Weight... bias) {
        if (!architecture.has(weight)) {
            return kernels.noNorm();
        }
        NDArray values = weights.read(layer, weight);
        return switch (architecture.norm()) {
            case RMS -> kernels.rmsNorm(values, architecture.normEpsilon());
            case LAYER -> kernels.layerNorm(values, weights.read(layer, bias), architecture.normEpsilon());
        };
    }

    private Part headNorm(int layer) {
        return architecture.has(Weight.QUERY_NORM)
                ? kernels.headNorm(weights.read(layer, Weight.QUERY_NORM), weights.read(layer, Weight.KEY_NORM), spec)
                : kernels.noNorm();
    }

    private Packed queryKeyValue(int layer) {
        if (architecture.has(Weight.QUERY_KEY_VALUE)) {
            return packed(layer, 0, Weight.QUERY_KEY_VALUE, Weight.QUERY_KEY_VALUE_BIAS);
        }
        Weight[] matrices = {Weight.QUERY, Weight.KEY, Weight.VALUE};
        Weight[] biases = {Weight.QUERY_BIAS, Weight.KEY_BIAS, Weight.VALUE_BIAS};
        return packed(layer, 0, matrices, biases);
    }

    private Part feedForward(int layer, Closer parts) {
        String activation = architecture.activation().name().toLowerCase(Locale.ROOT);
        if (architecture.has(Weight.ROUTER)) {
            return experts(layer, activation, parts);
        }
        if (architecture.has(Weight.GATE_UP)) {
            Packed gateUp = parts.add(packed(layer, 0, new Weight[] {Weight.GATE_UP}, new Weight[0]));
            return kernels.gated(gateUp, parts.add(down(layer)), activation);
        }
        if (architecture.has(Weight.GATE)) {
            Weight[] matrices = {Weight.GATE, Weight.UP};
            Weight[] biases = {Weight.GATE_BIAS, Weight.UP_BIAS};
            return kernels.gated(parts.add(packed(layer, 0, matrices, biases)), parts.add(down(layer)), activation);
        }
        Packed up = parts.add(packed(layer, 0, Weight.UP, Weight.UP_BIAS));
        return kernels.plain(up, parts.add(down(layer)), activation);
    }

    private Packed down(int layer) {
        return packed(layer, 0, new Weight[] {Weight.DOWN}, new Weight[] {Weight.DOWN_BIAS}, Rounding.TWICE);
    }

    private Part experts(int layer, String activation, Closer parts) {
        // In float32 whatever the precision: rounding would send tokens to other experts.
        Packed router = parts.add(exact(layer, Weight.ROUTER));
        DecoderArchitecture.Experts experts = architecture.experts();
        Part all = kernels.experts(router, experts.perToken(), experts.normalized());
        for (int expert = 0; expert < experts.count(); expert++) {
            Weight[] gateUp = {Weight.EXPERT_GATE, Weight.EXPERT_UP};
            kernels.addExpert(
                    all,
                    parts.add(kernels.gated(
                            parts.add(packed(layer, expert, gateUp, new Weight[0])),
                            parts.add(packed(
                                    layer, expert, new Weight[] {Weight.EXPERT_DOWN}, new Weight[0], Rounding.TWICE)),
                            activation)));
        }
        if (architecture.has(Weight.SHARED_GATE)) {
            Weight[] gateUp = {Weight.SHARED_GATE, Weight.SHARED_UP};
            Part shared = parts.add(kernels.gated(
                    parts.add(packed(layer, 0, gateUp, new Weight[0])),
                    parts.add(packed(layer, 0, new Weight[] {Weight.SHARED_DOWN}, new Weight[0], Rounding.TWICE)),
                    activation));
            Packed share = parts.add(exact(layer, Weight.SHARED_SHARE));
            kernels.addShared(all, shared, share);
        }
        return all;
    }

    private Packed exact(int layer, Weight weight) {
        try (NDArray matrix = weights.read(layer, weight)) {
            return packing.pack(matrix, Precision.F32, Rounding.ONCE);
        }
    }

    private Packed packed(int layer, int expert, Weight matrix, Weight bias) {
        return packed(layer, expert, new Weight[] {matrix}, new Weight[] {bias});
    }

    private Packed packed(int layer, int expert, Weight[] matrices, Weight[] biases) {
        return packed(layer, expert, matrices, biases, Rounding.ONCE);
    }

    /** Reads and packs matrices below one another, with their biases if there are any. The numbers are let go at once. */
    private Packed packed(int layer, int expert, Weight[] matrices, Weight[] biases, Rounding rounding) {
        try (NDArray matrix = weights.read(layer, expert, matrices)) {
            return biases.length > 0 && architecture.has(biases[0])
                    ? packing.pack(matrix, weights.read(layer, expert, biases), precision, rounding)
                    : packing.pack(matrix, precision, rounding);
        }
    }
}
