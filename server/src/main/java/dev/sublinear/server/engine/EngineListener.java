package dev.sublinear.server.engine;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;

/** Hears what the engine does, on its thread. Must return at once and not throw. */
public interface EngineListener {

    /** Hears nothing. */
    EngineListener NONE = new EngineListener() {};

    /** The model is loaded: requests come from now on. */
    default void onLoaded(ModelSpec spec, KvShape shape) {}

    /** A sequence begins, after so long in the queue. */
    default void onAdmitted(GenerationRequest request, long queuedNanos) {}

    /** A sequence's first token was chosen, so long after its request came. */
    default void onFirstToken(long nanos) {}

    /** A further token was chosen, so long after the one before. */
    default void onNextToken(long nanos) {}

    /** A step was taken. */
    default void onStep(StepReport step) {}

    /** A sequence ended without a failure. */
    default void onFinished(Completion completion) {}

    /** A sequence failed. */
    default void onFailed(GenerationException failure) {}

    /** Returns who listens to the cache of a new sequence. */
    default KvCacheListener cacheListener(EvictionPolicy policy) {
        return KvCacheListener.NONE;
    }

    /**
     * One step.
     *
     * @param decodes sequences whose newest token it read
     * @param prefills chunks of prompts
     * @param prefillTokens tokens in them
     * @param forwardNanos time in the model
     * @param chooseNanos time to choose tokens and to tell of them
     */
    record StepReport(int decodes, int prefills, int prefillTokens, long forwardNanos, long chooseNanos) {
        public int tokens() {
            return decodes + prefillTokens;
        }
    }
}
