package dev.sublinear.engine.generation;

import dev.sublinear.engine.generation.RejectedException.Reason;
import dev.sublinear.engine.settings.SchedulerSettings;
import dev.sublinear.kvcache.KvShape;
import dev.sublinear.model.ModelSpec;

/**
 * What a request may ask of a model.
 *
 * @param shape the sizes of a sequence's cache
 * @param capacity bytes for the caches of all sequences
 */
record RequestLimits(ModelSpec spec, KvShape shape, SchedulerSettings settings, long capacity) {

    /**
     * Refuses a request that can never run.
     *
     * @throws RejectedException saying the rule and the value
     */
    void require(GenerationRequest request) {
        int length = request.prompt().length;
        require(length > 0, Reason.INVALID, "the prompt must have at least 1 token");
        int most = request.maxTokens();
        boolean onlyReads = most == 0 && request.logprobs().ofPrompt();
        require(most > 0 || onlyReads, Reason.INVALID, "max_tokens must be at least 1, was %s", most);
        require(
                request.minTokens() >= 0 && request.minTokens() <= most,
                Reason.INVALID,
                "min_tokens must be from 0 to max_tokens, %s, was %s",
                most,
                request.minTokens());
        require(
                request.choices() >= 1 && request.choices() <= settings.maxRunning(),
                Reason.INVALID,
                "n must be from 1 to %s, the sequences that may run, was %s",
                settings.maxRunning(),
                request.choices());
        for (int id : request.prompt()) {
            require(
                    id >= 0 && id < spec.vocabSize(),
                    Reason.INVALID,
                    "token ids must be from 0 to %s, was %s",
                    spec.vocabSize() - 1,
                    id);
        }
        for (int id : request.stops().ids()) {
            require(
                    id >= 0 && id < spec.vocabSize(),
                    Reason.INVALID,
                    "stop_token_ids must be from 0 to %s, was %s",
                    spec.vocabSize() - 1,
                    id);
        }
        for (int id : request.sampling().logitBias().keySet()) {
            require(
                    id < spec.vocabSize(),
                    Reason.INVALID_BIAS,
                    "logit_bias must have ids from 0 to %s, was %s",
                    spec.vocabSize() - 1,
                    id);
        }
        require(
                request.positions() <= spec.maxPositions(),
                Reason.CONTEXT_LENGTH,
                "the model's context is %s tokens; the prompt has %s and max_tokens is %s, %s together",
                spec.maxPositions(),
                length,
                most,
                request.positions());
        long each = shape.peakBytes(request.policy(), (int) request.positions());
        long bytes = request.choices() * each;
        require(
                bytes <= capacity,
                Reason.CACHE_CAPACITY,
                "%s for %s tokens needs up to %s bytes, and the capacity is %s",
                request.choices() == 1 ? "a cache" : request.choices() + " caches, each",
                request.positions(),
                bytes,
                capacity);
    }

    private static void require(boolean holds, Reason reason, String message, Object... values) {
        if (!holds) {
            throw new RejectedException(reason, message, values);
        }
    }
}
