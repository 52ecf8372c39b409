package dev.sublinear.engine.constraint.regex;

/** A pattern that is malformed, or that automata of a bounded size cannot match. */
public final class RegexException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String rule;

    RegexException(String rule, int index) {
        this.rule = rule + ", at index " + index;
    }

    @Override
    public String getMessage() {
        return rule;
    }

    public String rule() {
        return rule;
    }
}
