package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import dev.sublinear.model.ModelSpec;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * The tensors in which the layers, in libtorch, and attention, in Java, meet, for T tokens x (T, D); x is what comes out in
 * the end. One crossing a layer, whose arguments are made once for all layers.
 *
 * <p>Their memory belongs to the scope of the step.
 */
final class Exchange implements AutoCloseable {
    private final PtSymbolBlock block;
    private final IValue[] arguments;
    private final IValue[] own;
    private final FloatBuffer heads;

    Exchange(PtSymbolBlock block, NDManager manager, NDArray x, IValue layers, ModelSpec spec) {
        this.block = block;
        long all = spec.heads() + 2L * spec.kvHeads();
        NDArray tensor = manager.zeros(new Shape(x.getShape().get(0), all, spec.headDim()));
        this.heads = tensor.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
        this.own = new IValue[] {
            IValue.from((PtNDArray) x), IValue.from((PtNDArray) tensor), IValue.from((long) spec.kvHeads())
        };
        this.arguments = new IValue[] {own[0], own[1], own[2], layers, layers};
    }

    /** Finishes the layer before, if there is one, and makes the queries, keys and values of this one, if there is one. */
    void layer(IValue index) {
        arguments[4] = index;
        IValueUtils.runMethod(block, "between", arguments).close();
    }

    /** Queries, keys and values, not rotated yet, (T, H * G + 2 * H, S). What is found is to be written over the queries. */
    FloatBuffer heads() {
        return heads;
    }

    @Override
    public void close() {
        for (IValue argument : own) {
            argument.close();
        }
    }
}
