package dev.sublinear.engine.generation;

import dev.sublinear.model.text.TooManyTokensException;
import java.util.Locale;

/** A request that the engine does not take. */
public final class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Whose fault it is, and whether to come again. */
    public enum Reason {
        /** There is nothing to continue, or nothing to generate, or an id is no token. */
        INVALID,
        /** A bias for an id that is no token. */
        INVALID_BIAS,
        /** Prompt and tokens to generate are more than the model's context. */
        CONTEXT_LENGTH,
        /** Its cache would not fit even if it were alone. */
        CACHE_CAPACITY,
        /** Too many are waiting. */
        QUEUE_FULL,
        /** The engine is ending. */
        STOPPING
    }

    private final Reason reason;
    private final int retryAfterSeconds;
    private final String message;

    RejectedException(Reason reason, String message, Object... values) {
        this(reason, 0, message, values);
    }

    RejectedException(Reason reason, int retryAfterSeconds, String message, Object... values) {
        this.reason = reason;
        this.retryAfterSeconds = retryAfterSeconds;
        this.message = String.format(Locale.ROOT, message, values);
    }

    /** A prompt that is longer than a model's context, which was known before its tokens were. */
    public static RejectedException tooLong(TooManyTokensException e) {
        return new RejectedException(
                Reason.CONTEXT_LENGTH,
                "the model's context is %s tokens; the prompt has at least %s",
                e.most(),
                e.least());
    }

    @Override
    public String getMessage() {
        return message;
    }

    public Reason reason() {
        return reason;
    }

    /** Seconds after which to retry; 0 if a retry cannot succeed. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }
}
