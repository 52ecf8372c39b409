package dev.sublinear.engine.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.LoadListener;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import dev.sublinear.model.checkpoint.Checkpoint;
import dev.sublinear.model.decoder.DecoderLm;
import java.util.List;

/** The decoder of a checkpoint, as the engine sees it. */
public record DecoderModel(CausalLm decoder) implements LanguageModel {

    public static LanguageModel load(Checkpoint checkpoint, Execution execution, LoadListener listener) {
        return new DecoderModel(DecoderLm.load(checkpoint, execution, listener));
    }

    @Override
    public ModelSpec spec() {
        return decoder.spec();
    }

    @Override
    public KvShape kvShape() {
        return decoder.kvShape();
    }

    @Override
    public Invariance invariance() {
        return decoder.invariance();
    }

    @Override
    public SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener) {
        return new TensorCache(decoder.newCache(policy, reservation, listener), reservation);
    }

    @Override
    public float[][] forward(List<Slice> step) {
        return decoder.forward(new Step(step.stream()
                .map(slice -> new Step.Slice(((TensorCache) slice.cache()).cache(), slice.tokens(), slice.outputs()))
                .toList()));
    }

    @Override
    public int liveTensors() {
        return decoder.liveTensors();
    }

    @Override
    public void close() {
        decoder.close();
    }
}
