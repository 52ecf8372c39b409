package dev.sublinear.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import java.util.OptionalInt;

/** A causal language model: tokens in, logits of the next token out. Owned by one thread, which uses and closes it. */
public interface CausalLm extends AutoCloseable {
    ModelSpec spec();

    /** How it computes. */
    Execution execution();

    default KvShape kvShape() {
        return spec().kvShape();
    }

    /** Opens the cache of a new sequence. */
    KvCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener);

    /**
     * Reads the tokens of a step into their caches.
     *
     * @return a row of logits, one for each id of the vocabulary, for every output that the slices ask for, in order
     * @throws IllegalArgumentException if a token is outside the vocabulary; nothing has been read then
     */
    float[][] forward(Step step);

    /** Returns whether the logits of a sequence depend, in their last bits, on the sequences beside it. */
    Invariance invariance();

    /**
     * Returns the most tokens held that Java attends for a decoded one, where its cache allows it; libtorch attends beyond, or
     * always if there is none.
     */
    OptionalInt mostHeldInJava();

    /** Returns the number of tensors that are alive: those of the weights and of open caches, when no step runs. */
    int liveTensors();

    /** Close the caches first. */
    @Override
    void close();
}
