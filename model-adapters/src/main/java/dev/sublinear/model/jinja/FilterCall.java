package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Expression.Literal;
import java.util.List;

/** A filter and its arguments, without the value that it filters. */
record FilterCall(String name, ArgumentList arguments) {
    Expression of(Expression value) {
        return new Expression.Filtered(value, name, arguments);
    }

    /** A text through all filters, the first of the list first. */
    static Expression chain(Text text, List<FilterCall> filters) {
        Expression value = new Literal(text);
        for (FilterCall filter : filters) {
            value = filter.of(value);
        }
        return value;
    }
}
