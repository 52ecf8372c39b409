package dev.sublinear.engine.constraint.schema;

import dev.sublinear.engine.constraint.Part;
import dev.sublinear.engine.constraint.automaton.ByteMachine;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decimal numbers between limits, without an exponent, digit by digit.
 *
 * @param positive the range of the numbers without a sign, if there are any
 * @param negative the range of the magnitudes of the negative numbers, if there are any
 * @param integerDigits the largest number of digits before the point
 * @param fractionDigits the largest number of digits behind the point; 0 for integers
 * @param multipleOf the divisor of the integers; 1 for all integers
 */
record NumberRange(
        Optional<Span> positive, Optional<Span> negative, int integerDigits, int fractionDigits, int multipleOf)
        implements ByteMachine<NumberRange.Place> {

    /** Numbers from 0 up. */
    record Span(Limit low, Limit high) {}

    /**
     * The end of a span.
     *
     * @param whole the digits before the point, "" for none
     * @param fraction the digits behind it, without zeros at the end
     * @param inclusive whether it belongs to the span
     */
    record Limit(String whole, String fraction, boolean inclusive) {
        static Limit of(BigDecimal value, boolean inclusive) {
            String plain = value.toPlainString();
            int point = plain.indexOf('.');
            String whole = point < 0 ? plain : plain.substring(0, point);
            String fraction = point < 0 ? "" : plain.substring(point + 1).replaceAll("0+$", "");
            return new Limit(whole.equals("0") ? "" : whole, fraction, inclusive);
        }
    }

    enum Part {
        START,
        SIGN,
        ZERO,
        WHOLE,
        POINT,
        FRACTION
    }

    /**
     * The digits that have been read.
     *
     * @param digits the number of digits of the part
     * @param low compares the digits with as many of the lower limit's: less than 0 if they are less. Before the point,
     *     a number with more digits is greater regardless
     * @param high the same of the upper limit
     * @param rest the remainder of the integer divided by {@code multipleOf}
     */
    record Place(Part part, boolean negative, int digits, int low, int high, int rest) {}

    @Override
    public Place start() {
        return new Place(Part.START, false, 0, 0, 0, 0);
    }

    @Override
    public @Nullable Place next(Place place, int b) {
        if (b == '-') {
            return place.part == Part.START && negative.isPresent() ? new Place(Part.SIGN, true, 0, 0, 0, 0) : null;
        }
        if (b == '.') {
            return (place.part == Part.ZERO || place.part == Part.WHOLE) && fractionDigits > 0 ? atPoint(place) : null;
        }
        return b >= '0' && b <= '9' && span(place).isPresent() ? digit(place, b) : null;
    }

    private Optional<Span> span(Place place) {
        return place.negative ? negative : positive;
    }

    private @Nullable Place digit(Place place, int b) {
        return switch (place.part) {
            case START, SIGN -> b == '0' ? new Place(Part.ZERO, place.negative, 0, 0, 0, 0) : whole(place, b);
            case WHOLE -> place.digits < integerDigits ? whole(place, b) : null;
            case POINT, FRACTION -> place.digits < fractionDigits ? fraction(place, b) : null;
            case ZERO -> null;
        };
    }

    private Place whole(Place place, int b) {
        Span span = span(place).orElseThrow();
        int rest = (10 * place.rest + b - '0') % multipleOf;
        return new Place(
                Part.WHOLE,
                place.negative,
                place.digits + 1,
                compared(place.low, b, span.low.whole, place.digits),
                compared(place.high, b, span.high.whole, place.digits),
                rest);
    }

    private Place fraction(Place place, int b) {
        Span span = span(place).orElseThrow();
        return new Place(
                Part.FRACTION,
                place.negative,
                place.digits + 1,
                compared(place.low, b, span.low.fraction, place.digits),
                compared(place.high, b, span.high.fraction, place.digits),
                0);
    }

    private Place atPoint(Place place) {
        Span span = span(place).orElseThrow();
        return new Place(
                Part.POINT,
                place.negative,
                0,
                ofWhole(place, place.low, span.low),
                ofWhole(place, place.high, span.high),
                0);
    }

    /** Compares one more digit, if the digits before are equal; digits beyond the limit's last are 0. */
    private static int compared(int before, int b, String limit, int index) {
        return before != 0 ? before : Integer.signum(b - (index < limit.length() ? limit.charAt(index) : '0'));
    }

    /** Compares a whole part that has ended. */
    private static int ofWhole(Place place, int digits, Limit limit) {
        int longer = Integer.compare(place.digits, limit.whole.length());
        return longer != 0 ? longer : digits;
    }

    @Override
    public boolean accepts(Place place) {
        return switch (place.part) {
            case START, SIGN, POINT -> false;
            case ZERO, WHOLE -> place.rest == 0 && contains(atPoint(place));
            case FRACTION -> contains(place);
        };
    }

    private boolean contains(Place place) {
        return span(place)
                .filter(span -> {
                    int low = ofFraction(place, place.low, span.low);
                    int high = ofFraction(place, place.high, span.high);
                    return (low > 0 || (low == 0 && span.low.inclusive))
                            && (high < 0 || (high == 0 && span.high.inclusive));
                })
                .isPresent();
    }

    /** Compares a fraction that has ended. */
    private static int ofFraction(Place place, int compared, Limit limit) {
        return compared == 0 && place.digits < limit.fraction.length() ? -1 : compared;
    }
}
