package dev.sublinear.engine.constraint;

/** An answer cannot be held to what it must look like any further. It ends; others do not notice. */
public final class ConstraintException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConstraintException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
