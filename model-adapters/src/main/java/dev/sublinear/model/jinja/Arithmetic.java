package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.List;

/** The operators between two values, as Python has them. */
final class Arithmetic {
    private Arithmetic() {}

    static Object apply(String operator, Object left, Object right, Meter meter) {
        if (operator.equals("~")) {
            return plus(Values.print(left, meter), Values.print(right, meter), meter);
        }
        refuseUndefined(left);
        refuseUndefined(right);
        if (left instanceof Text text) {
            switch (operator) {
                case "+" -> {
                    if (right instanceof Text other) {
                        return plus(text, other, meter);
                    }
                }
                case "*" -> {
                    return times(text, Values.integer(right, "factor"), meter);
                }
                case "%" -> {
                    return Methods.percent(text, right, meter);
                }
                default -> {}
            }
        } else if (right instanceof Text text && operator.equals("*")) {
            return times(text, Values.integer(left, "factor"), meter);
        } else if (left instanceof List<?> list && right instanceof List<?> other && operator.equals("+")) {
            meter.items(list.size() + (long) other.size());
            List<Object> both = new ArrayList<>(list);
            both.addAll(other);
            return both;
        } else if (Values.isNumber(left) && Values.isNumber(right)) {
            return numbers(operator, Values.number(left), Values.number(right));
        }
        throw new TemplateException(
                "cannot compute " + Values.typeName(left) + " " + operator + " " + Values.typeName(right));
    }

    private static void refuseUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.refuse();
        }
    }

    private static Text plus(Text left, Text right, Meter meter) {
        meter.text(left.units() + (long) right.units());
        return left.plus(right);
    }

    private static Text times(Text text, int count, Meter meter) {
        int times = Math.max(0, count);
        meter.text(Math.max(times, (long) text.units() * times));
        return text.times(times);
    }

    private static Object numbers(String operator, Number left, Number right) {
        boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
        if (divides && right.doubleValue() == 0) {
            throw new TemplateException("must not divide by 0");
        }
        boolean powers = operator.equals("**");
        if (left instanceof Long && right instanceof Long && !operator.equals("/") && !powers) {
            try {
                return whole(operator, left.longValue(), right.longValue());
            } catch (ArithmeticException e) {
                throw new TemplateException("whole numbers must stay within 64 bits");
            }
        }
        double a = left.doubleValue();
        double b = right.doubleValue();
        double result = switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
        boolean exact = powers && left instanceof Long && right.longValue() >= 0 && right instanceof Long;
        if (exact && Math.abs(result) > 1L << 53) {
            throw new TemplateException("whole numbers must stay within 53 bits when raised to a power");
        }
        return exact ? (Object) (long) result : (Object) result;
    }

    private static Long whole(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "//" -> Math.floorDiv(left, right);
            default -> Math.floorMod(left, right);
        };
    }
}
