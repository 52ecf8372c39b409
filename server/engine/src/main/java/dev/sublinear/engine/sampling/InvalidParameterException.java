package dev.sublinear.engine.sampling;

import java.util.Locale;

/** A parameter out of its range. */
public final class InvalidParameterException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String parameter;
    private final String rule;

    InvalidParameterException(String parameter, String rule, Object value) {
        this.parameter = parameter;
        this.rule = String.format(Locale.ROOT, "must be %s, was %s", rule, value);
    }

    /** Refuses a parameter that breaks a rule. */
    public static void require(boolean holds, String parameter, String rule, Object value) {
        if (!holds) {
            throw new InvalidParameterException(parameter, rule, value);
        }
    }

    @Override
    public String getMessage() {
        return parameter + " " + rule;
    }

    /** Its name, as requests spell it. */
    public String parameter() {
        return parameter;
    }

    /** What it must be and was. */
    public String rule() {
        return rule;
    }
}
