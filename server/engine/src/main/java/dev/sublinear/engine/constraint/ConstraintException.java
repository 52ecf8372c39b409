package dev.sublinear.engine.constraint;

/** A constraint cannot go on with an answer. That answer ends; others are not affected. */
public final class ConstraintException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConstraintException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
