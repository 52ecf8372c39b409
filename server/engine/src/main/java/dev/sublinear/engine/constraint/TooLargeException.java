package dev.sublinear.engine.constraint;

/** A limit was reached. Where it was, whoever compiles the schema knows. */
final class TooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String rule;

    TooLargeException(String rule) {
        super(rule);
        this.rule = rule;
    }

    String rule() {
        return rule;
    }
}
