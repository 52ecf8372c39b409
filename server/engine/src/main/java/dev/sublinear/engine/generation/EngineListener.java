package dev.sublinear.engine.generation;

import dev.sublinear.kvcache.EvictionPolicy;
import dev.sublinear.kvcache.KvCacheListener;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;

/** Hears what the engine does, on its thread. Must return at once and not throw. Ids are those of {@link Generation#id}. */
public interface EngineListener {

    /** Hears nothing. */
    EngineListener NONE = new EngineListener() {};

    /** The model is loaded: requests come from now on. */
    default void onLoaded(ModelSpec spec, KvShape shape) {}

    /**
     * A request begins, after so long in the queue; again, if it had given way to others.
     *
     * @param cachedTokens tokens of the prompt that had been read before, for another request
     */
    default void onAdmitted(long id, GenerationRequest request, int cachedTokens, long queuedNanos) {}

    /** A request's first token was chosen, so long after it came. */
    default void onFirstToken(long nanos) {}

    /** A further token of a choice was chosen, so long after the one before. */
    default void onNextToken(long nanos) {}

    /** A step was taken. */
    default void onStep(StepReport step) {}

    /** A request gave way: its caches are freed, and it will be read again. */
    default void onPreempted(long id) {}

    /** A request was completed, or cancelled. */
    default void onFinished(long id, Completion completion) {}

    /** A request failed. */
    default void onFailed(long id, GenerationException failure) {}

    /** So many tokens have been kept, in so many bytes, for requests that begin with the same. */
    default void onSnapshotTaken(int tokens, long bytes) {}

    /** What was kept had to go, or was replaced. */
    default void onSnapshotEvicted(long bytes) {}

    /** All that was in flight has failed with the engine, which starts again. */
    default void onEngineFailed(Throwable cause) {}

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
