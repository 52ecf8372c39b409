package dev.sublinear.engine.constraint.limits;

/** A limit was reached. The caller knows which part of the schema was being compiled. */
public final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String rule;

    public TooLargeException(String rule) {
        super(rule);
        this.rule = rule;
    }

    public String rule() {
        return rule;
    }
}
