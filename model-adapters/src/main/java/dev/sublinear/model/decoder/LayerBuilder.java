package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.decoder.LayerKernels.LayerParts;
import dev.sublinear.model.decoder.LayerKernels.LayerWeights;
import dev.sublinear.model.decoder.LayerKernels.Part;
import dev.sublinear.model.decoder.Packing.Packed;
import dev.sublinear.model.precision.Precision;
import java.util.Locale;
import java.util.Optional;

/** Packs the weights of a layer as its architecture has them. */
final class LayerBuilder {
    private final Packing packing;
    private final LayerKernels kernels;
    private final ModelSpec spec;
    private final DecoderArchitecture architecture;
    private final Precision precision;
    private final Weights weights;
    private final boolean exact;
    private final boolean alike;

    LayerBuilder(Packing packing, LayerKernels kernels, ModelSpec spec, Precision precision, Weights weights) {
        this.packing = packing;
        this.kernels = kernels;
        this.spec = spec;
        this.architecture = spec.architecture();
        this.precision = precision;
        this.weights = weights;
        this.exact = precision.isExact();
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
                            parts.add(packed(
                                    layer, either(LayerMatrix.FUSED_QUERY_KEY_VALUE, LayerMatrix.QUERY_KEY_VALUE))),
                            parts.add(headNorm(layer)),
                            parts.add(packed(layer, LayerMatrix.ATTENTION_OUT)),
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

    private Part feedForward(int layer, Closer parts) {
        if (architecture.has(Weight.ROUTER)) {
            return experts(layer, parts);
        }
        return LayerMatrix.UP.isIn(architecture)
                ? kernels.plain(
                        parts.add(packed(layer, LayerMatrix.UP)),
                        parts.add(packed(layer, LayerMatrix.DOWN)),
                        activation())
                : gated(layer, 0, either(LayerMatrix.FUSED_GATE_UP, LayerMatrix.GATE_UP), LayerMatrix.DOWN, parts);
    }

    private Part gated(int layer, int expert, LayerMatrix gateUp, LayerMatrix down, Closer parts) {
        return kernels.gated(
                parts.add(packed(layer, expert, gateUp)), parts.add(packed(layer, expert, down)), activation());
    }

    private Part experts(int layer, Closer parts) {
        Packed router = parts.add(packed(layer, LayerMatrix.ROUTER));
        DecoderArchitecture.Experts experts = architecture.experts();
        Part all = kernels.experts(router, experts.perToken(), experts.normalized());
        for (int expert = 0; expert < experts.count(); expert++) {
            kernels.addExpert(
                    all, parts.add(gated(layer, expert, LayerMatrix.EXPERT_GATE_UP, LayerMatrix.EXPERT_DOWN, parts)));
        }
        if (architecture.has(Weight.SHARED_GATE)) {
            Part shared = parts.add(gated(layer, 0, LayerMatrix.SHARED_GATE_UP, LayerMatrix.SHARED_DOWN, parts));
            kernels.addShared(all, shared, parts.add(packed(layer, LayerMatrix.SHARED_SHARE)));
        }
        return all;
    }

    private String activation() {
        return architecture.activation().name().toLowerCase(Locale.ROOT);
    }

    private LayerMatrix either(LayerMatrix fused, LayerMatrix separate) {
        return fused.isIn(architecture) ? fused : separate;
    }

    private Packed packed(int layer, LayerMatrix matrix) {
        return packed(layer, 0, matrix);
    }

    /** Reads and packs a matrix, with its bias if it has one. The numbers are let go at once. */
    private Packed packed(int layer, int expert, LayerMatrix matrix) {
        Precision format = matrix.precision(precision);
        try (Closer read = new Closer()) {
            NDArray numbers = read.add(weights.read(layer, expert, matrix.weights()));
            Optional<NDArray> bias = matrix.hasBias(architecture)
                    ? Optional.of(weights.read(layer, expert, matrix.biases()))
                    : Optional.empty();
            Optional<NDArray> grid =
                    format.keepsGrids() ? weights.grid(layer, expert, matrix.weights()) : Optional.empty();
            return grid.map(read::add)
                    .map(told -> packing.packOnGrid(numbers, told, bias))
                    .orElseGet(() -> packing.pack(numbers, bias, format, matrix.rounding()));
        }
    }
}
