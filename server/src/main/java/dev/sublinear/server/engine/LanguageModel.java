package dev.sublinear.server.engine;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;
import dev.sublinear.model.Step;

/** What the engine asks of a model. The engine thread makes it, uses it and closes it. */
public interface LanguageModel extends AutoCloseable {

    ModelSpec spec();

    KvShape kvShape();

    /** Opens the cache of a new sequence. */
    KvCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener);

    /** Reads the tokens of a step into their caches; returns the logits that it asks for, row by row in its order. */
    float[][] forward(Step step);

    /** Returns how many tensors are alive: weights, caches, and a step's while it runs. Any thread may ask. */
    int liveTensors();

    @Override
    void close();
}
