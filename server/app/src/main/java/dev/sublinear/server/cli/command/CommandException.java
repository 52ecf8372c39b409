package dev.sublinear.server.cli.command;

/** A command that could not do what it was asked to, for a reason that its user can understand. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CommandException(String message) {
        super(message);
    }

    public CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
