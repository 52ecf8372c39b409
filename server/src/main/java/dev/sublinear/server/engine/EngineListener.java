package dev.sublinear.server.engine;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;

/** Hears what the engine does, on its thread. Must return at once and not throw. */
public interface EngineListener {

    /** Hears nothing. */
    EngineListener NONE = new EngineListener() {};

    /** A sequence begins, after so long in the queue. */
    default void onAdmitted(GenerationRequest request, long queuedNanos) {}

    /** A sequence's first token was chosen, so long after its request came. */
    default void onFirstToken(long nanos) {}

    /** A further token was chosen, so long after the one before. */
    default void onNextToken(long nanos) {}

    /** A sequence ended without a failure. */
    default void onFinished(Completion completion) {}

    /** A sequence failed. */
    default void onFailed(GenerationException failure) {}

    /** Returns who listens to the cache of a new sequence. */
    default KvCacheListener cacheListener(EvictionPolicy policy) {
        return KvCacheListener.NONE;
    }
}
