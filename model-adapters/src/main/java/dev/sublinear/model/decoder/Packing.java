package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.precision.Precision;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Matrices in the layouts of their precisions, and products with them: {@code packing.py} and {@code linear.py}. */
final class Packing implements AutoCloseable {
    /** FBGEMM is a part of libtorch on x86 alone. */
    private static final boolean HAS_FBGEMM = Set.of("amd64", "x86_64").contains(System.getProperty("os.arch"));

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

    /** A matrix (V, D) of which rows are read; its numbers may be of a type that Java must not see. Lives until closed. */
    record Table(IValue tensor) implements AutoCloseable {
        @Override
        public void close() {
            tensor.close();
        }
    }

    /** Packs a matrix (O, I). */
    Packed pack(NDArray matrix, Precision precision, Rounding rounding) {
        try (Call call = script.call("pack")) {
            return new Packed(
                    call.of(matrix).of(packer(precision)).of(rounding.times()).run());
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

    Table table(NDArray matrix, Precision precision) {
        try (Call call = script.call("table")) {
            return new Table(
                    call.of(matrix).of(precision.tableType().toString()).run());
        }
    }

    /** Packs a matrix (O, I) and what is added to its products (O). */
    Packed pack(NDArray matrix, NDArray bias, Precision precision, Rounding rounding) {
        try (Call call = script.call("pack_biased")) {
            return new Packed(call.of(matrix)
                    .of(bias)
                    .of(packer(precision))
                    .of(rounding.times())
                    .run());
        }
    }

    Invariance invariance(Packed packed, NDArray x) {
        try (Call call = script.call("invariant_linear")) {
            return Invariance.of(call.of(packed.object()).of(x).number() == 1);
        }
    }

    /** Returns the rows (T, D) of a table (V, D) at T indices, int64. */
    NDArray rows(Table table, NDArray indices) {
        try (Call call = script.call("rows")) {
            return call.of(table.tensor()).of(indices).tensor();
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
