package dev.sublinear.engine.model;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvMemory;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.Invariance;
import dev.sublinear.model.ModelSpec;
import java.util.List;

/** What the engine asks of a model. The engine thread makes it, uses it and closes it. */
public interface LanguageModel extends AutoCloseable {

    ModelSpec spec();

    KvShape kvShape();

    /** Whether a sequence's logits depend on the other sequences of a step. */
    default Invariance invariance() {
        return Invariance.BITWISE;
    }

    /** Opens the cache of a new sequence. */
    SequenceCache newCache(EvictionPolicy policy, KvMemory.Reservation reservation, KvCacheListener listener);

    /**
     * Reads tokens into their caches.
     *
     * @param step of several sequences; no cache twice
     * @return the rows of logits that the slices ask for, in order
     */
    float[][] forward(List<Slice> step);

    /** Returns how many tensors are alive: weights, caches, and a step's while it runs. Any thread may ask. */
    int liveTensors();

    @Override
    void close();

    /**
     * The next tokens of one sequence.
     *
     * @param cache which has seen all tokens before these
     * @param outputs for how many of the last of these tokens logits are wanted
     */
    @SuppressWarnings("ArrayRecordComponent") // a message for one call: nobody compares or keeps it
    record Slice(SequenceCache cache, int[] tokens, int outputs) {}
}
