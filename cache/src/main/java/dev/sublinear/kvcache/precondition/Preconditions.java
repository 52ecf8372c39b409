package dev.sublinear.kvcache.precondition;

import java.util.Locale;

/** Checks of arguments, whose message says the rule and the value in one line. */
public final class Preconditions {
    private Preconditions() {}

    /**
     * Refuses what breaks a rule.
     *
     * @param rule a format, as {@link String#format} reads it, of what must hold
     * @throws IllegalArgumentException with the rule and the values, unless it holds
     */
    public static void require(boolean holds, String rule, Object... values) {
        if (!holds) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, rule, values));
        }
    }
}
