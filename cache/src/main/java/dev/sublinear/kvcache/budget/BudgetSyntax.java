package dev.sublinear.kvcache.budget;

import static dev.sublinear.kvcache.precondition.Preconditions.require;

import dev.sublinear.kvcache.budget.BudgetSchedule.Fixed;
import dev.sublinear.kvcache.budget.BudgetSchedule.Fraction;
import dev.sublinear.kvcache.budget.BudgetSchedule.Logarithmic;
import dev.sublinear.kvcache.budget.BudgetSchedule.PowerLaw;
import dev.sublinear.kvcache.budget.BudgetSchedule.Unlimited;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The written form of a budget: a name, then {@code key=value} pairs; a schedule's first key may be left out. */
final class BudgetSyntax {
    private static final String KNOWN =
            "unlimited, fixed:1024, fraction:0.25, logarithmic:scale=64, power-law:alpha=32,exponent=0.5, head-laws:scale=1";

    private final String text;
    private final Map<String, String> values = new LinkedHashMap<>();

    private BudgetSyntax(String text) {
        this.text = text;
    }

    static BudgetSchedule parse(String text, Optional<HeadLaws> laws) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        BudgetSyntax syntax = new BudgetSyntax(text);
        String arguments = colon < 0 ? "" : text.substring(colon + 1);
        BudgetSchedule schedule = switch (name) {
            case "unlimited" -> {
                syntax.read(arguments, "");
                yield new Unlimited();
            }
            case "fixed" -> {
                syntax.read(arguments, "tokens");
                yield new Fixed(syntax.integer("tokens"));
            }
            case "fraction" -> {
                syntax.read(arguments, "of");
                yield new Fraction(syntax.number("of"), syntax.floor());
            }
            case "logarithmic" -> {
                syntax.read(arguments, "scale");
                yield new Logarithmic(syntax.number("scale"), syntax.floor());
            }
            case "power-law" -> {
                syntax.read(arguments, "alpha");
                yield new PowerLaw(syntax.number("alpha"), syntax.number("exponent"), syntax.floor());
            }
            case HeadLaws.NAME -> {
                syntax.read(arguments, "scale");
                yield laws.orElseThrow(() -> new IllegalArgumentException(
                                "budget " + HeadLaws.NAME + " needs a profile of the model: make one with calibrate"))
                        .at(syntax.values.containsKey("scale") ? syntax.number("scale") : 1);
            }
            default -> throw new IllegalArgumentException("budget must be one of " + KNOWN + ", was \"" + text + "\"");
        };
        require(
                syntax.values.isEmpty(),
                "budget %s does not take %s, was \"%s\"",
                name,
                String.join(", ", syntax.values.keySet()),
                text);
        return schedule;
    }

    private void read(String arguments, String firstKey) {
        if (arguments.isEmpty()) {
            return;
        }
        for (String argument : arguments.split(",", -1)) {
            int equals = argument.indexOf('=');
            String key = equals < 0 && values.isEmpty()
                    ? firstKey
                    : argument.substring(0, Math.max(0, equals)).trim();
            require(!key.isEmpty(), "budget parameters are key=value, separated by commas, was \"%s\"", text);
            String previous = values.put(key, argument.substring(equals + 1).trim());
            require(previous == null, "budget.%s must be given once, was \"%s\"", key, text);
        }
    }

    private int floor() {
        return values.containsKey("floor") ? integer("floor") : BudgetSchedule.DEFAULT_FLOOR;
    }

    private double number(String key) {
        String value = take(key);
        try {
            return Double.parseDouble(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("budget." + key + " must be a number, was \"" + value + "\"", e);
        }
    }

    private int integer(String key) {
        String value = take(key);
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("budget." + key + " must be a whole number, was \"" + value + "\"", e);
        }
    }

    private String take(String key) {
        String value = values.remove(key);
        if (value == null) {
            throw new IllegalArgumentException("budget." + key + " is missing in \"" + text + "\"");
        }
        return value;
    }

    /** A number as one would type it: 32, not 32.0. */
    static String plain(double value) {
        return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    }
}
