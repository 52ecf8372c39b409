package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import dev.sublinear.model.decoder.Kernels.Attended;
import dev.sublinear.model.decoder.Kernels.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One call of a method of TorchScript: its arguments in order, of which it closes those that it made. Results belong to the scope of the step. */
final class Call implements AutoCloseable {
    private final PtSymbolBlock block;
    private final PtNDManager manager;
    private final String method;
    private final List<IValue> arguments = new ArrayList<>(16);
    private final List<IValue> own = new ArrayList<>(16);

    Call(PtSymbolBlock block, PtNDManager manager, String method) {
        this.block = block;
        this.manager = manager;
        this.method = method;
    }

    Call of(NDArray array) {
        arguments.add(keep(IValue.from((PtNDArray) array)));
        return this;
    }

    Call of(long number) {
        arguments.add(keep(IValue.from(number)));
        return this;
    }

    Call of(double number) {
        arguments.add(keep(IValue.from(number)));
        return this;
    }

    Call of(String text) {
        arguments.add(keep(IValue.from(text)));
        return this;
    }

    Call of(boolean flag) {
        arguments.add(keep(IValue.from(flag)));
        return this;
    }

    Call of(NDArray... arrays) {
        arguments.add(keep(IValue.listFrom(Arrays.copyOf(arrays, arrays.length, PtNDArray[].class))));
        return this;
    }

    Call of(long... numbers) {
        arguments.add(keep(IValue.listFrom(numbers)));
        return this;
    }

    /** An argument that lives longer than the call. */
    Call of(IValue value) {
        arguments.add(value);
        return this;
    }

    IValue run() {
        return IValueUtils.runMethod(block, method, arguments.toArray(IValue[]::new));
    }

    Part part() {
        return new Part(run());
    }

    NDArray tensor() {
        return keep(run()).toTensor(manager);
    }

    boolean flag() {
        return keep(run()).toBoolean();
    }

    long number() {
        return keep(run()).toLong();
    }

    long[] numbers() {
        return keep(run()).toLongArray();
    }

    Attended tensorAndList() {
        IValue[] parts = keep(run()).toIValueTuple();
        NDArray tensor = keep(parts[0]).toTensor(manager);
        return new Attended(tensor, List.of(keep(parts[1]).toTensorArray(manager)));
    }

    private IValue keep(IValue value) {
        own.add(value);
        return value;
    }

    @Override
    public void close() {
        own.forEach(IValue::close);
    }
}
