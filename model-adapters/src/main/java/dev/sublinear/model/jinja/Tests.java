package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Undefined;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** The tests, which a template writes after {@code is}. */
final class Tests {
    static final Set<String> NAMES = Set.of(
            "defined",
            "undefined",
            "none",
            "string",
            "number",
            "integer",
            "float",
            "boolean",
            "true",
            "false",
            "mapping",
            "sequence",
            "iterable",
            "callable",
            "equalto",
            "eq",
            "==",
            "ne",
            "!=",
            "lt",
            "<",
            "lessthan",
            "le",
            "<=",
            "gt",
            ">",
            "greaterthan",
            "ge",
            ">=",
            "in",
            "even",
            "odd",
            "divisibleby",
            "sameas",
            "upper",
            "lower");

    private Tests() {}

    static boolean holds(String name, Object value, Arguments arguments, Meter meter) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == Values.NONE;
            case "string" -> value instanceof Text;
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "mapping" -> value instanceof Map<?, ?>;
            case "sequence", "iterable" ->
                value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof Text
                        || value instanceof Undefined;
            case "callable" -> value instanceof Values.Function;
            case "equalto", "eq", "==", "sameas" -> Values.same(value, arguments.need(0, "other"));
            case "ne", "!=" -> !Values.same(value, arguments.need(0, "other"));
            case "lt", "<", "lessthan" -> Values.compare(value, arguments.need(0, "other")) < 0;
            case "le", "<=" -> Values.compare(value, arguments.need(0, "other")) <= 0;
            case "gt", ">", "greaterthan" -> Values.compare(value, arguments.need(0, "other")) > 0;
            case "ge", ">=" -> Values.compare(value, arguments.need(0, "other")) >= 0;
            case "in" -> {
                Object container = arguments.need(0, "seq");
                meter.text(Values.length(container));
                yield Values.contains(container, value);
            }
            case "even" -> Math.floorMod(Values.integer(value, "value"), 2) == 0;
            case "odd" -> Math.floorMod(Values.integer(value, "value"), 2) == 1;
            case "divisibleby" -> {
                int by = arguments.integer(0, "num", 0);
                if (by == 0) {
                    throw new TemplateException("divisibleby must have a number other than 0");
                }
                yield Math.floorMod(Values.integer(value, "value"), by) == 0;
            }
            case "upper" -> isCase(Values.text(value, "value"), Character::isUpperCase, Character::isLowerCase);
            case "lower" -> isCase(Values.text(value, "value"), Character::isLowerCase, Character::isUpperCase);
            default -> throw new IllegalArgumentException(name);
        };
    }

    static boolean isCase(Text text, IntPredicate wanted, IntPredicate other) {
        String characters = text.toString();
        return characters.codePoints().anyMatch(wanted)
                && characters.codePoints().noneMatch(other);
    }
}
