package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Expression.Literal;
import dev.sublinear.model.jinja.Lexer.Kind;
import dev.sublinear.model.jinja.Lexer.Token;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Parses operators, filters and tests with jinja2's precedence: the method that is called first binds loosest. */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenReader tokens;
    private final OperandParser operands;

    ExpressionParser(TokenReader tokens) {
        this.tokens = tokens;
        this.operands = new OperandParser(tokens, this);
    }

    /** The names of the variables that are read. */
    Set<String> variables() {
        return operands.variables();
    }

    /** Notes a variable that a statement reads without an expression. */
    void noteRead(String variable) {
        operands.noteRead(variable);
    }

    /** One expression, or a list of the expressions that commas part. */
    Expression listed() {
        return tuple(this::expression);
    }

    /** What a loop visits: as {@link #listed}, but an {@code if} after it belongs to the loop. */
    Expression loopItems() {
        return tuple(this::or);
    }

    private Expression tuple(Supplier<Expression> part) {
        Expression first = part.get();
        if (!tokens.peek().is(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.takeOperator(",")) {
            Token token = tokens.peek();
            boolean ends = token.kind() == Kind.TAG_END || token.kind() == Kind.PRINT_END || token.is(")");
            if (!ends) {
                items.add(part.get());
            }
        }
        return new Expression.ListOf(items);
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        for (int chain = 0; tokens.takeName("if"); tokens.requireChain(++chain)) {
            Expression condition = or();
            Expression otherwise =
                    tokens.takeName("else") ? expression() : new Literal(new Values.Undefined("the else of an if"));
            value = new Expression.Conditional(condition, value, otherwise);
        }
        tokens.leave();
        return value;
    }

    private Expression or() {
        Expression left = and();
        for (int chain = 0; tokens.takeName("or"); tokens.requireChain(++chain)) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        for (int chain = 0; tokens.takeName("and"); tokens.requireChain(++chain)) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.peek().named("not")) {
            return comparison();
        }
        tokens.enter();
        tokens.next();
        Expression negated = new Expression.Not(not());
        tokens.leave();
        return negated;
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Comparison.Next> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            boolean compares = token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text());
            if (compares || token.named("in")) {
                tokens.next();
                rest.add(new Expression.Comparison.Next(token.text(), sum()));
            } else if (token.named("not") && tokens.peekSecond().named("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Expression.Comparison.Next("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Comparison(first, rest);
            }
        }
    }

    private Expression sum() {
        return chain(Set.of("+", "-"), this::concatenation);
    }

    private Expression concatenation() {
        return chain(Set.of("~"), this::product);
    }

    private Expression product() {
        return chain(Set.of("*", "/", "//", "%"), this::power);
    }

    private Expression power() {
        return chain(Set.of("**"), this::unary);
    }

    private Expression chain(Set<String> operators, Supplier<Expression> part) {
        Expression left = part.get();
        for (int chain = 0; ; tokens.requireChain(++chain)) {
            Token token = tokens.peek();
            if (token.kind() != Kind.OPERATOR || !operators.contains(token.text())) {
                return left;
            }
            tokens.next();
            left = new Expression.Binary(token.text(), left, part.get());
        }
    }

    private Expression unary() {
        return suffixed(signed());
    }

    private Expression signed() {
        if (!tokens.peek().is("-") && !tokens.peek().is("+")) {
            return operands.operand();
        }
        tokens.enter();
        boolean negative = tokens.next().is("-");
        Expression of = signed();
        tokens.leave();
        return negative ? new Expression.Negative(of) : of;
    }

    /** Filters and tests, which bind closer than any operator. */
    private Expression suffixed(Expression of) {
        Expression value = of;
        for (int chain = 0; ; tokens.requireChain(++chain)) {
            if (tokens.takeOperator("|")) {
                value = operands.postfixed(filterCall().of(value));
            } else if (tokens.takeName("is")) {
                value = test(value);
            } else {
                return value;
            }
        }
    }

    /** The filters that follow, each after its bar. */
    List<FilterCall> filters() {
        List<FilterCall> filters = new ArrayList<>();
        while (tokens.takeOperator("|")) {
            filters.add(filterCall());
            tokens.requireChain(filters.size());
        }
        return filters;
    }

    FilterCall filterCall() {
        String name = tokens.name();
        if (!Filters.NAMES.contains(name)) {
            throw tokens.refuse(
                    "filter must be one of " + Filters.NAMES.stream().sorted().toList() + ", was " + name);
        }
        return new FilterCall(name, tokens.peek().is("(") ? operands.arguments() : ArgumentList.NONE);
    }

    private Expression test(Expression of) {
        boolean negated = tokens.takeName("not");
        Token token = tokens.next();
        String name = token.text().toLowerCase(Locale.ROOT);
        if (!Tests.NAMES.contains(name)) {
            throw tokens.refuse("test must be one of "
                    + Tests.NAMES.stream().sorted().toList() + ", was " + TokenReader.shown(token));
        }
        Expression test = new Expression.Tested(of, name, testArguments());
        return negated ? new Expression.Not(test) : test;
    }

    /** The arguments of a test, all by place: tests know no names, so that named ones come last, in order. */
    private ArgumentList testArguments() {
        if (!tokens.peek().is("(")) {
            return operands.beginsOperand()
                    ? new ArgumentList(List.of(operands.operand()), Map.of())
                    : ArgumentList.NONE;
        }
        ArgumentList arguments = operands.arguments();
        List<Expression> all = new ArrayList<>(arguments.positional());
        all.addAll(arguments.named().values());
        return new ArgumentList(all, Map.of());
    }
}
