package dev.sublinear.engine.sampling;

/** Refuses parameters that break a rule. */
final class Rules {
    private Rules() {}

    static void require(boolean holds, String parameter, String rule, Object value) {
        if (!holds) {
            throw new InvalidParameterException(parameter, rule, value);
        }
    }
}
