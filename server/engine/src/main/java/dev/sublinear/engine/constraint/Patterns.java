package dev.sublinear.engine.constraint;

/** Patterns that this package itself writes. */
final class Patterns {
    private Patterns() {}

    /** The automaton of a pattern, from the beginning of a text to its end. */
    static Dfa of(String pattern, Budget budget) {
        return parse(pattern).automaton(budget);
    }

    static Regex parse(String pattern) {
        try {
            return RegexParser.parse("^(" + pattern + ")$");
        } catch (RegexException e) {
            throw new IllegalStateException("the pattern " + pattern + " " + e.rule(), e);
        }
    }
}
