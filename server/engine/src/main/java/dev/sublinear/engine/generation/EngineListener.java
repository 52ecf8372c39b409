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
     * A request begins, after {@code queuedNanos} in the queue; called again after a preemption.
     *
     * @param cachedTokens tokens of the prompt that had been read before, for another request
     */
    default void onAdmitted(long id, GenerationRequest request, int cachedTokens, long queuedNanos) {}

    /** A request's first token was chosen, {@code nanos} after the request arrived. */
    default void onFirstToken(long nanos) {}

    /** A further token of a choice was chosen, {@code nanos} after the one before. */
    default void onNextToken(long nanos) {}

    /** A step was taken. */
    default void onStep(StepReport step) {}

    /** A request was preempted: its caches are freed, and its tokens will be read again. */
    default void onPreempted(long id) {}

    /** A request was completed, or cancelled. */
    default void onFinished(long id, Completion completion) {}

    /** A request failed. */
    default void onFailed(long id, GenerationException failure) {}

    /** The prefix cache stored a snapshot of {@code tokens} tokens in {@code bytes} bytes. */
    default void onSnapshotTaken(int tokens, long bytes) {}

    /** The prefix cache dropped or replaced a snapshot of {@code bytes} bytes. */
    default void onSnapshotEvicted(long bytes) {}

    /** The engine failed, and all requests in flight with it; it starts again. */
    default void onEngineFailed(Throwable cause) {}

    /** Returns the listener of a new sequence's cache. */
    default KvCacheListener cacheListener(EvictionPolicy policy) {
        return KvCacheListener.NONE;
    }

    /**
     * One step.
     *
     * @param decodes sequences whose newest token it read
     * @param prefills chunks of prompts
     * @param prefillTokens tokens in them
     * @param drafts tokens that it read beside these, and what became of them
     * @param forwardNanos time in the model
     * @param chooseNanos time to choose tokens and to tell of them
     */
    record StepReport(
            int decodes, int prefills, int prefillTokens, Drafts drafts, long forwardNanos, long chooseNanos) {
        public int tokens() {
            return decodes + prefillTokens + drafts.accepted() + drafts.rejected();
        }
    }
}
