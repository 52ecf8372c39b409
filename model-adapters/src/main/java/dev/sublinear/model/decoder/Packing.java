package dev.sublinear.model.decoder;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.precision.Precision;
import dev.sublinear.model.precision.PrecisionException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Matrices in the layouts of their precisions, and products with them: {@code packing.py} and {@code linear.py}. */
final class Packing implements AutoCloseable {
    /** FBGEMM is a part of libtorch on x86 alone. */
    private static final boolean HAS_FBGEMM = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

    /** Rows and columns of a matrix that any layout takes. */
    private static final int TRIED = 64;

    private final TorchScript script;
    private final Map<Precision, IValue> packers = new HashMap<>();

    Packing(TorchScript script) {
        this.script = script;
    }

    /** A matrix in the layout that products read, an object of TorchScript. Lives until closed. */
    record Packed(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** A matrix (V, D) of which rows are read, an object of TorchScript. Lives until closed. */
    record Table(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /**
     * Tries a product in a precision.
     *
     * @throws PrecisionException if libtorch has none on this machine
     */
    void require(Precision precision) {
        try (NDArray matrix = script.manager().ones(new Shape(TRIED, TRIED));
                Packed packed = pack(matrix, Optional.empty(), precision, Rounding.ONCE);
                NDArray product = linear(matrix, packed)) {
            Objects.requireNonNull(product);
        } catch (EngineException e) {
            throw new PrecisionException(precision, e);
        }
    }

    /** Packs a matrix (O, I), and what is added to its products (O). */
    Packed pack(NDArray matrix, Optional<NDArray> bias, Precision precision, Rounding rounding) {
        try (Call call = script.call("pack")) {
            return new Packed(call.of(matrix)
                    .of(bias.stream().toArray(NDArray[]::new))
                    .of(packer(precision))
                    .of(rounding.times())
                    .run());
        }
    }

    /** Packs a matrix (O, I) in 4 bits, of which {@link Weights#grid} told steps and zeros. */
    Packed packOnGrid(NDArray matrix, NDArray grid, Optional<NDArray> bias) {
        try (Call call = script.call("pack_on_grid")) {
            return new Packed(call.of(matrix)
                    .of(grid)
                    .of(bias.stream().toArray(NDArray[]::new))
                    .run());
        }
    }

    /** Returns what packs matrices in a precision. Made once, since it tries what the processor allows. */
    private IValue packer(Precision precision) {
        return packers.computeIfAbsent(precision, any -> {
            try (Call call = script.call("packer")) {
                return call.of(precision.key())
                        .of(script.manager().getDevice().isGpu())
                        .of(HAS_FBGEMM)
                        .run();
            }
        });
    }

    /** Multiplies x (T, I) with a packed matrix (O, I): (T, O). */
    NDArray linear(NDArray x, Packed packed) {
        try (Call call = script.call("linear")) {
            return call.of(x).of(packed.object()).tensor();
        }
    }

    /** Makes a table of a matrix (V, D), which it may overwrite, times a factor. */
    Table table(NDArray matrix, double factor, Precision precision) {
        try (Call call = script.call("table")) {
            return new Table(call.of(matrix)
                    .of(precision.tableType().toString())
                    .of(factor)
                    .run());
        }
    }

    /** Makes a head in the memory of its table, in a precision that {@link Precision#sharesTiedHead}. */
    Packed tiedHead(Table table) {
        try (Call call = script.call("tied_head")) {
            return new Packed(call.of(table.object()).run());
        }
    }

    Invariance invariance(Packed packed, NDArray x) {
        try (Call call = script.call("invariant_linear")) {
            return Invariance.of(call.of(packed.object()).of(x).number() == 1);
        }
    }

    /** Returns the rows (T, D) of a table (V, D) at T indices, int64. */
    NDArray rows(Table table, NDArray indices) {
        try (Call call = script.call("rows_of")) {
            return call.of(table.object()).of(indices).tensor();
        }
    }

    /** Returns the rows (T, D) of a matrix (V, D) at T indices, int64. */
    NDArray rows(NDArray matrix, NDArray indices) {
        try (Call call = script.call("rows")) {
            return call.of(matrix).of(indices).tensor();
        }
    }

    @Override
    public void close() {
        packers.values().forEach(IValue::close);
    }
}
