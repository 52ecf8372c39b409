package dev.sublinear.engine.constraint.regex;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.limits.CompileBudget;

/** Patterns that are written in the code, so that a wrong one is a bug. */
public final class Patterns {
    private Patterns() {}

    /** The automaton of a pattern, from the beginning of a text to its end. */
    public static Dfa of(String pattern, CompileBudget budget) {
        return parse(pattern).automaton(budget);
    }

    public static Regex parse(String pattern) {
        try {
            return RegexParser.parse("^(" + pattern + ")$");
        } catch (RegexException e) {
            throw new IllegalStateException("the pattern " + pattern + " " + e.rule(), e);
        }
    }
}
