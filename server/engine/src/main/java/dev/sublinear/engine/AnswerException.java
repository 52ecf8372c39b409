package dev.sublinear.engine;

import dev.sublinear.engine.generation.GenerationException;

/** An answer that was begun and could not be completed. */
public final class AnswerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final GenerationException.Reason reason;

    AnswerException(GenerationException failure) {
        super(failure.getMessage(), failure);
        this.reason = failure.reason();
    }

    public GenerationException.Reason reason() {
        return reason;
    }
}
