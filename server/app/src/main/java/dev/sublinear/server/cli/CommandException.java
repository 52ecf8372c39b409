package dev.sublinear.server.cli;

/** A command that could not do what it was asked to, for a reason that its user can understand. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandException(String message) {
        super(message);
    }

    CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
