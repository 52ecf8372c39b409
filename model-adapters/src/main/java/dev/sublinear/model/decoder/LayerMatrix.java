package dev.sublinear.model.decoder;

import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.Precisions;
import java.util.Arrays;
import java.util.List;

/** The matrices of a layer: each is packed from one weight, or from several below one another, with their biases. */
@SuppressWarnings("ImmutableEnumChecker") // the lists are of List.of
enum LayerMatrix {
    FUSED_QUERY_KEY_VALUE(Rounding.ONCE, List.of(Weight.QUERY_KEY_VALUE), List.of(Weight.QUERY_KEY_VALUE_BIAS)),
    QUERY_KEY_VALUE(
            Rounding.ONCE,
            List.of(Weight.QUERY, Weight.KEY, Weight.VALUE),
            List.of(Weight.QUERY_BIAS, Weight.KEY_BIAS, Weight.VALUE_BIAS)),
    ATTENTION_OUT(Rounding.ONCE, List.of(Weight.ATTENTION_OUT), List.of(Weight.ATTENTION_OUT_BIAS)),
    FUSED_GATE_UP(Rounding.ONCE, List.of(Weight.GATE_UP), List.of()),
    GATE_UP(Rounding.ONCE, List.of(Weight.GATE, Weight.UP), List.of(Weight.GATE_BIAS, Weight.UP_BIAS)),
    /** Where there is no gate. */
    UP(Rounding.ONCE, List.of(Weight.UP), List.of(Weight.UP_BIAS)),
    DOWN(Rounding.TWICE, List.of(Weight.DOWN), List.of(Weight.DOWN_BIAS)),
    ROUTER(Rounding.ONCE, List.of(Weight.ROUTER), List.of()),
    EXPERT_GATE_UP(Rounding.ONCE, List.of(Weight.EXPERT_GATE, Weight.EXPERT_UP), List.of()),
    EXPERT_DOWN(Rounding.TWICE, List.of(Weight.EXPERT_DOWN), List.of()),
    SHARED_GATE_UP(Rounding.ONCE, List.of(Weight.SHARED_GATE, Weight.SHARED_UP), List.of()),
    SHARED_DOWN(Rounding.TWICE, List.of(Weight.SHARED_DOWN), List.of()),
    SHARED_SHARE(Rounding.ONCE, List.of(Weight.SHARED_SHARE), List.of());

    private final Rounding rounding;
    private final List<Weight> weights;
    private final List<Weight> biases;

    LayerMatrix(Rounding rounding, List<Weight> weights, List<Weight> biases) {
        this.rounding = rounding;
        this.weights = weights;
        this.biases = biases;
    }

    /** Returns the matrices that a layer of this architecture has. */
    static List<LayerMatrix> of(DecoderArchitecture architecture) {
        return Arrays.stream(values())
                .filter(matrix -> matrix.isIn(architecture))
                .toList();
    }

    boolean isIn(DecoderArchitecture architecture) {
        return architecture.has(weights.get(0)) && (this != UP || !architecture.has(Weight.GATE));
    }

    boolean hasBias(DecoderArchitecture architecture) {
        return !biases.isEmpty() && architecture.has(biases.get(0));
    }

    Weight[] weights() {
        return weights.toArray(Weight[]::new);
    }

    Weight[] biases() {
        return biases.toArray(Weight[]::new);
    }

    Rounding rounding() {
        return rounding;
    }

    /** The precision that it is packed in: rounded scores would send tokens to other experts. */
    Precision precision(Precision ofModel) {
        return this == ROUTER || this == SHARED_SHARE ? Precisions.F32 : ofModel;
    }

    /** Its outputs. */
    long rows(ModelSpec spec) {
        return weights.stream().mapToLong(weight -> weight.shape(spec).get(0)).sum();
    }

    /** Its inputs. */
    long columns(ModelSpec spec) {
        return weights.get(0).shape(spec).get(1);
    }

    /** How many of it the layers of a model have together. */
    long copies(ModelSpec spec) {
        return weights.get(0).copies(spec);
    }
}
