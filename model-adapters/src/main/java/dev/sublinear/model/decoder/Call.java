package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One call of a method of TorchScript: its arguments in order, of which it closes those that it made. Results belong to the scope of the step. */
final class Call implements AutoCloseable {
    private final TorchScript script;
    private final String method;
    private final List<IValue> arguments = new ArrayList<>(16);
    private final List<IValue> own = new ArrayList<>(16);

    Call(TorchScript script, String method) {
        this.script = script;
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
        return script.run(method, arguments.toArray(IValue[]::new));
    }

    NDArray tensor() {
        return keep(run()).toTensor(script.manager());
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

    List<NDArray> tensors() {
        return List.of(keep(run()).toTensorArray(script.manager()));
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
