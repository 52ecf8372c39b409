package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Values.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One expression of a template. */
sealed interface Expression {
    Object value(Scope scope);

    record Literal(Object constant) implements Expression {
        static final Literal NONE = new Literal(Values.NONE);

        @Override
        public Object value(Scope scope) {
            return constant;
        }
    }

    record Name(String name) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            return scope.get(name);
        }
    }

    record ListOf(List<Expression> items) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().items(items.size());
            List<Object> list = new ArrayList<>();
            items.forEach(item -> list.add(item.value(scope)));
            return list;
        }
    }

    record MapOf(Map<Expression, Expression> entries) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().items(entries.size());
            Map<Object, Object> map = new LinkedHashMap<>();
            entries.forEach((key, value) -> map.put(key.value(scope), value.value(scope)));
            return map;
        }
    }

    /** {@code of.name}: of a mapping, a method before a key. */
    record Attribute(Expression of, String name) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            Object object = of.value(scope);
            if (Methods.has(object, name)) {
                return Methods.bound(object, name);
            }
            return Methods.field(object, Text.written(name));
        }
    }

    /** {@code of[key]}: of a mapping, a key before a method. */
    record Item(Expression of, Expression key) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            Object object = of.value(scope);
            Object at = key.value(scope);
            if (at instanceof Long index && (object instanceof List<?> || object instanceof Text)) {
                int length = Values.length(object);
                long place = index < 0 ? index + length : index;
                if (place < 0 || place >= length) {
                    return new Undefined("item " + index);
                }
                return object instanceof Text text
                        ? text.slice((int) place, (int) place + 1)
                        : ((List<?>) object).get((int) place);
            }
            Object field = Methods.field(object, at);
            boolean method =
                    field instanceof Undefined && at instanceof Text name && Methods.has(object, name.toString());
            return method ? Methods.bound(object, at.toString()) : field;
        }
    }

    /** {@code of[from:to:step]}, of a list or a text. */
    record Slice(Expression of, Expression from, Expression to, Expression step) implements Expression {
        @Override
        public Object value(Scope scope) {
            Object object = of.value(scope);
            if (!(object instanceof List<?>) && !(object instanceof Text)) {
                throw new TemplateException("only a list or a text has slices, was " + Values.typeName(object));
            }
            int length = Values.length(object);
            Object stepValue = step.value(scope);
            int stride = stepValue == Values.NONE ? 1 : Values.integer(stepValue, "step");
            if (stride == 0) {
                throw new TemplateException("the step of a slice must not be 0");
            }
            int least = stride > 0 ? 0 : -1;
            int most = stride > 0 ? length : length - 1;
            int start = bound(from.value(scope), stride > 0 ? 0 : length - 1, length, least, most);
            int end = bound(to.value(scope), stride > 0 ? length : -1, length, least, most);
            scope.meter().text(object instanceof Text text ? text.units() : 0);
            if (object instanceof Text text && stride == 1) {
                return text.slice(start, Math.max(start, end));
            }
            List<?> items = Values.items(object);
            scope.meter().items(items.size());
            List<Object> kept = new ArrayList<>();
            for (long i = start; stride > 0 ? i < end : i > end; i += stride) {
                kept.add(items.get((int) i));
            }
            return object instanceof Text
                    ? Text.join(Text.EMPTY, kept.stream().map(Text.class::cast).toList())
                    : kept;
        }

        private static int bound(Object value, int otherwise, int length, int least, int most) {
            if (value == Values.NONE) {
                return otherwise;
            }
            long at = Values.integer(value, "slice");
            return (int) Math.max(least, Math.min(most, at < 0 ? at + length : at));
        }
    }

    record Call(Expression function, ArgumentList arguments) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            Object callee = function.value(scope);
            if (callee instanceof Undefined undefined) {
                throw undefined.refuse();
            }
            if (callee instanceof Values.Function known) {
                return known.call(arguments.values(scope), scope.meter());
            }
            throw new TemplateException("only a function can be called, was " + Values.typeName(callee));
        }
    }

    record Filtered(Expression of, String name, ArgumentList arguments) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            return Filters.apply(name, of.value(scope), arguments.values(scope), scope.meter());
        }
    }

    record Tested(Expression of, String name, ArgumentList arguments) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            return Tests.holds(name, of.value(scope), arguments.values(scope), scope.meter());
        }
    }

    record Not(Expression of) implements Expression {
        @Override
        public Object value(Scope scope) {
            return !Values.isTrue(of.value(scope));
        }
    }

    record And(Expression left, Expression right) implements Expression {
        @Override
        public Object value(Scope scope) {
            Object first = left.value(scope);
            return Values.isTrue(first) ? right.value(scope) : first;
        }
    }

    record Or(Expression left, Expression right) implements Expression {
        @Override
        public Object value(Scope scope) {
            Object first = left.value(scope);
            return Values.isTrue(first) ? first : right.value(scope);
        }
    }

    record Conditional(Expression condition, Expression then, Expression otherwise) implements Expression {
        @Override
        public Object value(Scope scope) {
            return Values.isTrue(condition.value(scope)) ? then.value(scope) : otherwise.value(scope);
        }
    }

    /** {@code first < second <= third}, as Python chains them. */
    record Comparison(Expression first, List<Next> rest) implements Expression {
        record Next(String operator, Expression right) {}

        @Override
        public Object value(Scope scope) {
            Object left = first.value(scope);
            for (Next next : rest) {
                scope.meter().step();
                Object right = next.right().value(scope);
                if (!holds(next.operator(), left, right, scope.meter())) {
                    return false;
                }
                left = right;
            }
            return true;
        }

        private static boolean holds(String operator, Object left, Object right, Meter meter) {
            if (right instanceof List<?> || right instanceof Text) {
                meter.text(Values.length(right));
            }
            return switch (operator) {
                case "==" -> Values.same(left, right);
                case "!=" -> !Values.same(left, right);
                case "in" -> Values.contains(right, left);
                case "not in" -> !Values.contains(right, left);
                case "<" -> Values.compare(left, right) < 0;
                case "<=" -> Values.compare(left, right) <= 0;
                case ">" -> Values.compare(left, right) > 0;
                default -> Values.compare(left, right) >= 0;
            };
        }
    }

    record Negative(Expression of) implements Expression {
        @Override
        public Object value(Scope scope) {
            return Arithmetic.apply("-", 0L, Values.number(of.value(scope)), scope.meter());
        }
    }

    record Binary(String operator, Expression left, Expression right) implements Expression {
        @Override
        public Object value(Scope scope) {
            scope.meter().step();
            return Arithmetic.apply(operator, left.value(scope), right.value(scope), scope.meter());
        }
    }
}
