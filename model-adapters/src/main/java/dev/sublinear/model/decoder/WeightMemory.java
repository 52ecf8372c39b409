package dev.sublinear.model.decoder;

import ai.djl.ndarray.types.Shape;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Weight;
import dev.sublinear.model.precision.Precision;

/** The bytes that the weights of a model take once they are loaded. */
public final class WeightMemory {
    private WeightMemory() {}

    /** Returns the bytes of packed matrices, tables and norms on the CPU; see {@link Precision#matrixBytes}. */
    public static long bytes(ModelSpec spec, Precision precision) {
        long sum = spec.tiedHead() && precision.sharesTiedHead()
                ? 0
                : precision.ofHead().matrixBytes(spec.vocabSize(), spec.hiddenSize());
        for (LayerMatrix matrix : LayerMatrix.of(spec.architecture())) {
            sum += matrix.copies(spec) * bytes(matrix, spec, precision);
        }
        for (Weight table : new Weight[] {Weight.EMBEDDING, Weight.POSITIONS}) {
            Shape shape = table.shape(spec);
            sum += table.copies(spec) * precision.tableBytes(shape.get(0), shape.get(1));
        }
        for (Weight weight : Weight.values()) {
            sum += weight.isNormOrItsBias() ? weight.copies(spec) * normNumbers(weight, spec) * Float.BYTES : 0;
        }
        return sum;
    }

    private static long bytes(LayerMatrix matrix, ModelSpec spec, Precision ofModel) {
        Precision precision = matrix.precision(ofModel);
        long rows = matrix.rows(spec);
        long bias = matrix.hasBias(spec.architecture())
                ? rows * precision.biasType().getNumOfBytes()
                : 0;
        return precision.matrixBytes(rows, matrix.columns(spec)) + bias;
    }

    /** A norm of single heads is repeated for each head. */
    private static long normNumbers(Weight weight, ModelSpec spec) {
        DecoderArchitecture architecture = spec.architecture();
        return switch (weight) {
            case QUERY_NORM -> (long) spec.heads() * spec.headDim();
            case KEY_NORM -> (long) spec.kvHeads() * spec.headDim();
            default -> weight.size(spec) + (architecture.norm() == DecoderArchitecture.Norm.RMS ? 1 : 0);
        };
    }
}
