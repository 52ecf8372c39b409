package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import java.util.function.Supplier;

/**
 * The weights of the same model whose hidden state is rotated: matrices that write it rotate, those that read it rotate back and
 * take over what the norm before them multiplies by. A few numbers of a trained model's hidden state are far larger than the
 * others, which a precision that rounds inputs to their range then tells apart no more; rotated, all are of like size.
 *
 * <p>Ashkboos et al., <a href="https://arxiv.org/abs/2404.00456">QuaRot: Outlier-Free 4-Bit Inference in Rotated LLMs</a>, 2024,
 * section 4, stage 1a.
 */
final class RotatedWeights implements Weights {
    private final Weights weights;
    private final DecoderArchitecture architecture;
    private final HiddenRotation rotation;

    RotatedWeights(Weights weights, ModelSpec spec) {
        this.weights = weights;
        this.architecture = spec.architecture();
        this.rotation = new HiddenRotation(spec.hiddenSize());
    }

    /** Whether a model computes the same when rotated: only norms before a matrix treat numbers of its hidden state one by one. */
    static boolean fit(DecoderArchitecture architecture) {
        return architecture.norm() == DecoderArchitecture.Norm.RMS
                && !architecture.has(Weight.AFTER_ATTENTION_NORM)
                && !architecture.has(Weight.AFTER_FFN_NORM)
                && !architecture.has(Weight.POSITIONS);
    }

    @Override
    public NDArray read(int layer, int expert, Weight... parts) {
        return switch (parts[0]) {
            case ATTENTION_NORM, FFN_NORM, FINAL_NORM ->
                weights.read(layer, parts).muli(0).addi(1);
            case QUERY, QUERY_KEY_VALUE -> reader(layer, Weight.ATTENTION_NORM, () -> weights.read(layer, parts));
            case GATE, UP, GATE_UP, ROUTER, EXPERT_GATE, SHARED_GATE, SHARED_SHARE ->
                reader(layer, Weight.FFN_NORM, () -> weights.read(layer, expert, parts));
            case ATTENTION_OUT, DOWN, EXPERT_DOWN, SHARED_DOWN ->
                rotation.rotateColumns(weights.read(layer, expert, parts));
            case EMBEDDING, ATTENTION_OUT_BIAS, DOWN_BIAS -> rotation.rotateRows(weights.read(layer, parts));
            default -> weights.read(layer, expert, parts); // does not touch the hidden state
        };
    }

    @Override
    public NDArray readHead(ModelSpec spec) {
        return reader(0, Weight.FINAL_NORM, () -> weights.readHead(spec));
    }

    /** Returns a matrix that reads the hidden state after a norm. The norm is read first: two matrices are never there at once. */
    private NDArray reader(int layer, Weight norm, Supplier<NDArray> matrix) {
        if (!architecture.has(norm)) {
            return rotation.rotateRows(matrix.get());
        }
        float[] gains = gains(layer, norm);
        NDArray numbers = matrix.get();
        try (NDArray factors = numbers.getManager().create(gains)) {
            return rotation.rotateRows(numbers.muli(factors));
        }
    }

    private float[] gains(int layer, Weight norm) {
        try (NDArray gains = weights.read(layer, norm)) {
            return gains.toFloatArray();
        }
    }
}
