package dev.sublinear.server.http;

import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.server.http.RequestListener.Outcome;
import dev.sublinear.server.http.openai.ApiError;
import java.util.Locale;

/** What the ends of a generation are called outside the engine. */
final class Outcomes {
    private static final int RETRY_SECONDS = 1;

    private Outcomes() {}

    static Outcome of(FinishReason reason) {
        return switch (reason) {
            case STOP -> Outcome.STOP;
            case LENGTH -> Outcome.LENGTH;
            case CANCELLED -> Outcome.CANCELLED;
        };
    }

    /** What a client is told of an end. */
    static String name(FinishReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    /** What a client is told of a failure: not why. */
    static ApiError error(GenerationException failure) {
        return switch (failure.reason()) {
            case FAILED -> ApiError.internal();
            case LATE -> ApiError.deadlineExceeded(String.valueOf(failure.getMessage()));
            case ENGINE_FAILED -> ApiError.unavailable("engine_failed", RETRY_SECONDS, "the engine starts again");
            case STOPPING -> ApiError.unavailable("draining", RETRY_SECONDS, "the server is stopping");
        };
    }
}
