package dev.sublinear.server.http.reply;

import dev.sublinear.engine.generation.FinishReason;
import dev.sublinear.engine.generation.GenerationException;
import dev.sublinear.server.http.openai.ApiError;
import dev.sublinear.server.http.reply.RequestListener.Outcome;
import java.util.Locale;

/** Translates how a generation ended into metrics' outcomes and clients' words. */
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

    /** Returns the finish reason that a client is told. */
    static String name(FinishReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    /** Returns the error that a client is told, which never has the cause. */
    static ApiError error(GenerationException failure) {
        return switch (failure.reason()) {
            case FAILED -> ApiError.internal();
            case LATE -> ApiError.deadlineExceeded(String.valueOf(failure.getMessage()));
            case ENGINE_FAILED -> ApiError.unavailable("engine_failed", RETRY_SECONDS, "the engine starts again");
            case STOPPING -> ApiError.unavailable("draining", RETRY_SECONDS, "the server is stopping");
        };
    }
}
