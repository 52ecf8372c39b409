package dev.sublinear.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCache;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import java.util.OptionalInt;

/** A causal language model: reads tokens, returns the logits of the next. Owned by one thread, which uses and closes it. */
public interface CausalLm extends AutoCloseable {
    ModelSpec spec();

    /** The precision, device and threads that it computes with. */
    Execution execution();

    default KvShape kvShape() {
        return spec().kvShape(execution().storage());
    }

    /** Opens the cache of a new sequence. */
    KvCache newCache(EvictionPolicy policy, KvMemory.Reservation memory, KvCacheListener listener);

    /**
     * Reads the tokens of a step into their caches.
     *
     * @return a row of logits, one for each id of the vocabulary, for every output of the slices, in their order
     * @throws IllegalArgumentException if a token is outside the vocabulary; no token is read then
     */
    float[][] forward(Step step);

    /** Returns whether the other sequences of a step can change the last bits of a sequence's logits. */
    Invariance invariance();

    /**
     * Returns the most tokens in a cache over which Java, not libtorch, attends for a decoded token. Empty if libtorch always does.
     */
    OptionalInt mostHeldInJava();

    /** Returns the number of tensors that are alive: those of the weights and of open caches, when no step runs. */
    int liveTensors();

    /** Frees the weights. All caches must be closed before. */
    @Override
    void close();
}
