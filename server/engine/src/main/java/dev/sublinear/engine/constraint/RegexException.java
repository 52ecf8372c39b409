package dev.sublinear.engine.constraint;

/** A pattern that is malformed, or that automata of a bounded size cannot match. */
final class RegexException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String rule;

    RegexException(String rule, int index) {
        this.rule = rule + ", at index " + index;
    }

    @Override
    public String getMessage() {
        return rule;
    }

    String rule() {
        return rule;
    }
}
