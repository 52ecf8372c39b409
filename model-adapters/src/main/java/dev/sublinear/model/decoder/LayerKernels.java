package dev.sublinear.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.jni.IValue;
import dev.sublinear.model.DecoderArchitecture;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.decoder.Packing.Packed;

/** Makes layers, of parts: {@code norm.py}, {@code feed_forward.py} and {@code layer.py}. */
final class LayerKernels {
    private final TorchScript script;

    LayerKernels(TorchScript script) {
        this.script = script;
    }

    /** The weights of a layer, an object of TorchScript. Lives until closed. */
    record LayerWeights(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    /** A norm, feed-forward network or attention of a layer, an object of TorchScript. Lives until closed. */
    record Part(IValue object) implements AutoCloseable {
        @Override
        public void close() {
            object.close();
        }
    }

    Part noNorm() {
        try (Call call = script.call("no_norm")) {
            return new Part(call.run());
        }
    }

    Part rmsNorm(NDArray weight, double epsilon) {
        try (Call call = script.call("rms_norm")) {
            return new Part(call.of(weight).of(epsilon).run());
        }
    }

    Part layerNorm(NDArray weight, NDArray bias, double epsilon) {
        try (Call call = script.call("layer_norm")) {
            return new Part(call.of(weight).of(bias).of(epsilon).run());
        }
    }

    /** Makes the norm of queries and keys. Weights: (S), or those of all heads if the norm measures all together. */
    Part headNorm(NDArray query, NDArray key, ModelSpec spec) {
        try (Call call = script.call("head_norm")) {
            return new Part(call.of(query)
                    .of(key)
                    .of(spec.architecture().wideHeadNorm())
                    .of(spec.heads())
                    .of(spec.kvHeads())
                    .of(spec.architecture().normEpsilon())
                    .run());
        }
    }

    Part gated(Packed gateUp, Packed down, String activation) {
        try (Call call = script.call("gated")) {
            return new Part(
                    call.of(gateUp.object()).of(down.object()).of(activation).run());
        }
    }

    Part plain(Packed up, Packed down, String activation) {
        try (Call call = script.call("plain")) {
            return new Part(
                    call.of(up.object()).of(down.object()).of(activation).run());
        }
    }

    Part experts(Packed router, int chosen, boolean normalized) {
        try (Call call = script.call("experts")) {
            return new Part(call.of(router.object()).of(chosen).of(normalized).run());
        }
    }

    void addExpert(Part experts, Part expert) {
        try (Call call = script.call("add_expert")) {
            call.of(experts.object()).of(expert.object()).run().close();
        }
    }

    void addShared(Part experts, Part expert, Packed share) {
        try (Call call = script.call("add_shared")) {
            call.of(experts.object())
                    .of(expert.object())
                    .of(share.object())
                    .run()
                    .close();
        }
    }

    /** The parts of a layer in the order of the computation. */
    record LayerParts(
            Part attentionNorm,
            Packed queryKeyValue,
            Part headNorm,
            Packed attentionOut,
            Part afterAttention,
            Part ffnNorm,
            Part ffn,
            Part afterFfn) {}

    /** Returns whether oneDNN's products give a query the same bits among any number of queries, so that attention may use them. */
    boolean areAlike(int headDim) {
        if (script.manager().getDevice().isGpu()) {
            return false;
        }
        try (Call call = script.call("products_are_alike")) {
            return call.of(headDim).flag();
        }
    }

    /**
     * @param exact whether attention gives a token the same bits beside any other tokens
     * @param alike what {@link #areAlike} says, if it is exact
     */
    LayerWeights layer(LayerParts parts, DecoderArchitecture architecture, int index, boolean exact, boolean alike) {
        try (Part attention = attention(architecture, index, exact, alike);
                Call call = script.call("layer")) {
            return new LayerWeights(call.of(parts.attentionNorm().object())
                    .of(parts.queryKeyValue().object())
                    .of(parts.headNorm().object())
                    .of(attention.object())
                    .of(parts.attentionOut().object())
                    .of(parts.afterAttention().object())
                    .of(parts.ffnNorm().object())
                    .of(parts.ffn().object())
                    .of(parts.afterFfn().object())
                    .of(architecture.parallel())
                    .run());
        }
    }

    private Part attention(DecoderArchitecture architecture, int index, boolean exact, boolean alike) {
        try (Call call = script.call("attention")) {
            int rotation = architecture.rotaryOf().get(index);
            return new Part(call.of(architecture.attentionScale())
                    .of(architecture.attentionCap())
                    .of(architecture.windows().get(index))
                    .of(rotation)
                    .of(exact)
                    .of(alike)
                    .run());
        }
    }
}
