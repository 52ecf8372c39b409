package dev.sublinear.engine.generation;

import java.time.Duration;

/** A request that the engine took and could not complete. */
public final class GenerationException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Reason {
        /** This request, or the computation of it: what it was is in the cause, for the log. */
        FAILED,
        /** It did not end in time. */
        LATE,
        /** The engine failed, and with it all that ran; it starts again. */
        ENGINE_FAILED,
        /** The engine ends. */
        STOPPING
    }

    private final Reason reason;

    private GenerationException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    private GenerationException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    static GenerationException failed(Throwable cause) {
        return new GenerationException(Reason.FAILED, "generation failed", cause);
    }

    static GenerationException late(Duration timeout) {
        return new GenerationException(
                Reason.LATE, "generation did not end within the " + timeout.toMillis() + " ms that it had");
    }

    static GenerationException engineFailed(Throwable cause) {
        return new GenerationException(Reason.ENGINE_FAILED, "the engine failed", cause);
    }

    static GenerationException stopping() {
        return new GenerationException(Reason.STOPPING, "the server is stopping");
    }

    public Reason reason() {
        return reason;
    }
}
