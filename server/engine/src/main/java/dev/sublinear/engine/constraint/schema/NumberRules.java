package dev.sublinear.engine.constraint.schema;

import dev.sublinear.engine.constraint.automaton.Dfa;
import dev.sublinear.engine.constraint.limits.CompileBudget;
import dev.sublinear.engine.constraint.regex.Patterns;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.Set;

/**
 * Compiles numbers and integers between limits. Numbers without limits have at most 15 digits before the point, 15
 * behind it and two in the exponent, so that clients which read doubles read them exactly; limits may be wider.
 */
final class NumberRules {
    static final Set<String> KEYWORDS =
            Set.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf");

    private static final int WHOLE_DIGITS = 15;
    private static final int FRACTION_DIGITS = 15;
    private static final int MOST_DIGITS = 400;
    private static final int LARGEST_DIVISOR = 10_000;
    private static final String INTEGER = "-?(0|[1-9][0-9]{0,14})";
    private static final String NUMBER = INTEGER + "(\\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?";
    private static final int DIGITS_OF_DOUBLE = 15;

    private NumberRules() {}

    static Dfa anyNumber(CompileBudget budget) {
        return Patterns.of(NUMBER, budget);
    }

    /** Returns the automaton of the numbers that a schema describes. */
    static Dfa compile(Schema schema, boolean integer, CompileBudget budget) {
        boolean isInt = integer && schema.json().path("format").asText().equals("int32");
        Optional<Bound> low = tighter(bound(schema, "minimum", true), bound(schema, "exclusiveMinimum", false), 1);
        low = tighter(low, isInt ? whole(Integer.MIN_VALUE) : Optional.empty(), 1);
        Optional<Bound> high = tighter(bound(schema, "maximum", true), bound(schema, "exclusiveMaximum", false), -1);
        high = tighter(high, isInt ? whole(Integer.MAX_VALUE) : Optional.empty(), -1);
        int multipleOf = multipleOf(schema, integer);
        if (low.isEmpty() && high.isEmpty() && multipleOf == 1) {
            return Patterns.of(integer ? INTEGER : NUMBER, budget);
        }
        Bound least = low.orElse(new Bound(widest(high).negate(), true));
        Bound most = high.orElse(new Bound(widest(low), true));
        return Dfa.of(range(least, most, integer, multipleOf), budget);
    }

    /** A limit of a number. */
    private record Bound(BigDecimal value, boolean inclusive) {}

    /** The limit of numbers without one: the usual number of digits, or more than the other limit has. */
    private static BigDecimal widest(Optional<Bound> other) {
        int digits = other.map(bound -> digits(bound.value) + 1).orElse(0);
        return BigDecimal.TEN.pow(Math.max(digits, WHOLE_DIGITS)).subtract(BigDecimal.ONE);
    }

    private static Optional<Bound> bound(Schema schema, String keyword, boolean inclusive) {
        return schema.number(keyword).map(value -> {
            if (Math.abs((long) value.precision() - value.scale()) > MOST_DIGITS
                    || Math.abs((long) value.scale()) > MOST_DIGITS) {
                throw schema.at(keyword).refuse("must have at most " + MOST_DIGITS + " digits");
            }
            return new Bound(value, inclusive);
        });
    }

    private static Optional<Bound> whole(int value) {
        return Optional.of(new Bound(BigDecimal.valueOf(value), true));
    }

    private static Optional<Bound> tighter(Optional<Bound> one, Optional<Bound> other, int direction) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.or(() -> other);
        }
        int order = other.get().value.compareTo(one.get().value) * direction;
        return order > 0 || (order == 0 && one.get().inclusive) ? other : one;
    }

    private static int multipleOf(Schema schema, boolean integer) {
        Optional<BigDecimal> divisor = schema.number("multipleOf");
        if (divisor.isEmpty()) {
            return 1;
        }
        Schema at = schema.at("multipleOf");
        if (!integer) {
            throw at.refuse("is supported for integers only");
        }
        BigDecimal value = divisor.get();
        if (value.signum() <= 0
                || value.stripTrailingZeros().scale() > 0
                || value.compareTo(BigDecimal.valueOf(LARGEST_DIVISOR)) > 0) {
            throw at.refuse("must be an integer from 1 to " + LARGEST_DIVISOR);
        }
        return value.intValueExact();
    }

    private static NumberRange range(Bound low, Bound high, boolean integer, int multipleOf) {
        Optional<NumberRange.Span> positive = high.value.signum() < 0
                ? Optional.empty()
                : Optional.of(new NumberRange.Span(
                        low.value.signum() < 0 ? limit(BigDecimal.ZERO, true) : limit(low.value, low.inclusive),
                        limit(high.value, high.inclusive)));
        Optional<NumberRange.Span> negative = low.value.signum() >= 0
                ? Optional.empty()
                : Optional.of(new NumberRange.Span(
                        high.value.signum() >= 0
                                ? limit(BigDecimal.ZERO, false)
                                : limit(high.value.negate(), high.inclusive),
                        limit(low.value.negate(), low.inclusive)));
        int whole = Math.max(digits(low.value), digits(high.value));
        int fraction = Math.min(fractionDigits(low), fractionDigits(high));
        return new NumberRange(positive, negative, whole, integer ? 0 : fraction, multipleOf);
    }

    /** Behind the point. A number that is not the limit must not become the limit when it is read as a double. */
    private static int fractionDigits(Bound bound) {
        boolean excluded = !bound.inclusive && bound.value.signum() != 0;
        int distinct = excluded ? DIGITS_OF_DOUBLE - digits(bound.value) : FRACTION_DIGITS;
        return Math.max(distinct, Math.max(bound.value.scale(), 1));
    }

    private static NumberRange.Limit limit(BigDecimal value, boolean inclusive) {
        return NumberRange.Limit.of(value, inclusive);
    }

    private static int digits(BigDecimal value) {
        return Math.max(1, value.abs().setScale(0, RoundingMode.DOWN).precision());
    }
}
