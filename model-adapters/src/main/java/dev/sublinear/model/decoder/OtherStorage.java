package dev.sublinear.model.decoder;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.storage.KvStorage;
import dev.sublinear.model.CausalLm;
import dev.sublinear.model.Execution;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;
import java.util.OptionalInt;

/** A model whose caches store keys and values otherwise. The model itself owns what it has. */
record OtherStorage(DecoderLm model, KvStorage storage) implements CausalLm {

    @Override
    public ModelSpec spec() {
        return model.spec();
    }

    @Override
    public Execution execution() {
        return model.execution().withStorage(storage);
    }

    @Override
    public KvCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener) {
        return model.newCache(kvShape(), policy, memory, listener);
    }

    @Override
    public float[][] forward(Step step) {
        return model.forward(step);
    }

    @Override
    public Invariance invariance() {
        return model.invariance();
    }

    @Override
    public OptionalInt mostHeldInJava() {
        return model.mostHeldInJava(storage);
    }

    @Override
    public int liveTensors() {
        return model.liveTensors();
    }

    /** Leaves the model open. */
    @Override
    public void close() {}
}
