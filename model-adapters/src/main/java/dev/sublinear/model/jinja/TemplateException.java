package dev.sublinear.model.jinja;

/** A template that is not Jinja, fails, refuses what it was given, or exceeds its limits. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TemplateException(String message) {
        super(message);
    }

    /** The same fault, with the line of the template at which it happened. */
    TemplateException at(int line) {
        TemplateException located = new TemplateException(getMessage() + " (line " + line + ")");
        located.initCause(this);
        return located;
    }
}
