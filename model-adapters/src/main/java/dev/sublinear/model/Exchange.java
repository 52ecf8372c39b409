package dev.sublinear.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tensors in which the layers, in libtorch, and attention, in Java, meet, for T tokens x (T, D); x is what comes out in
 * the end. One crossing a layer, whose arguments are made once for all layers.
 *
 * <p>Their memory belongs to the scope of the step.
 */
final class Exchange implements AutoCloseable {
    private final PtSymbolBlock block;
    private final IValue[] arguments;
    private final FloatBuffer query;
    private final FloatBuffer key;
    private final FloatBuffer value;
    private final FloatBuffer attended;

    Exchange(PtSymbolBlock block, NDManager manager, NDArray x, IValue layers, NDArray[] rotations, ModelSpec spec) {
        this.block = block;
        long tokens = x.getShape().get(0);
        Shape vectors = new Shape(tokens, spec.kvHeads(), spec.headDim());
        List<NDArray> buffers = List.of(
                manager.zeros(new Shape(tokens, spec.kvHeads(), spec.group(), spec.headDim())),
                manager.zeros(vectors),
                manager.zeros(vectors),
                manager.zeros(new Shape(tokens, (long) spec.heads() * spec.headDim())));
        this.query = floats(buffers.get(0));
        this.key = floats(buffers.get(1));
        this.value = floats(buffers.get(2));
        this.attended = floats(buffers.get(3));
        PtNDArray[] all = Stream.concat(Stream.of(x), buffers.stream()).toArray(PtNDArray[]::new);
        this.arguments = new IValue[] {
            IValue.listFrom(all),
            IValue.listFrom(Arrays.copyOf(rotations, rotations.length, PtNDArray[].class)),
            layers,
            layers
        };
    }

    private static FloatBuffer floats(NDArray array) {
        return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
    }

    /** Finishes the layer before, if there is one, and makes the queries, keys and values of this one, if there is one. */
    void layer(IValue index) {
        arguments[3] = index;
        IValueUtils.runMethod(block, "between", arguments).close();
    }

    /** (T, H, G, S). */
    FloatBuffer query() {
        return query;
    }

    /** (T, H, S). */
    FloatBuffer key() {
        return key;
    }

    /** (T, H, S). */
    FloatBuffer value() {
        return value;
    }

    /** (T, H * G * S), to be written. */
    FloatBuffer attended() {
        return attended;
    }

    @Override
    public void close() {
        arguments[0].close();
        arguments[1].close();
    }
}
