package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Expression.Literal;
import dev.sublinear.model.jinja.Lexer.Kind;
import dev.sublinear.model.jinja.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parses what stands between operators: constants, names, brackets, and the attributes, subscripts and calls that
 * follow them. Notes every variable that is read.
 */
final class OperandParser {
    private static final Map<String, Object> CONSTANTS = Map.of(
            "true", true, "True", true, "false", false, "False", false, "none", Values.NONE, "None", Values.NONE);
    /** Names that continue the expression around an operand, so that none of them begins one. */
    private static final Set<String> OPERATOR_NAMES = Set.of("else", "or", "and", "is", "if", "in", "not", "recursive");

    private final TokenReader tokens;
    /** For what stands in brackets. */
    private final ExpressionParser expressions;

    private final Set<String> variables = new LinkedHashSet<>();

    OperandParser(TokenReader tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    /** The names of the variables that are read. */
    Set<String> variables() {
        return variables;
    }

    void noteRead(String variable) {
        variables.add(variable);
    }

    Expression operand() {
        return postfixed(primary());
    }

    /** Whether the next token begins an operand: then a test has an argument without brackets. */
    boolean beginsOperand() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case NAME -> !OPERATOR_NAMES.contains(token.text());
            case STRING, INTEGER, DECIMAL -> true;
            default -> token.is("[") || token.is("{");
        };
    }

    private Expression primary() {
        tokens.enter();
        Token token = tokens.next();
        Expression value = switch (token.kind()) {
            case NAME -> nameOrConstant(token);
            case STRING -> strings(token);
            case INTEGER -> new Literal(integer(token));
            case DECIMAL -> new Literal(Double.valueOf(token.text()));
            default -> bracketed(token);
        };
        tokens.leave();
        return value;
    }

    private Expression nameOrConstant(Token token) {
        Object constant = CONSTANTS.get(token.text());
        if (constant != null) {
            return new Literal(constant);
        }
        noteRead(token.text());
        return new Expression.Name(token.text());
    }

    /** Strings that stand side by side are one. */
    private Literal strings(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (tokens.peek().kind() == Kind.STRING) {
            text.append(tokens.next().text());
        }
        return new Literal(Text.written(text.toString()));
    }

    private Long integer(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw tokens.refuse("a whole number must have at most 63 bits, was " + token.text());
        }
    }

    private Expression bracketed(Token open) {
        if (open.is("(")) {
            return parenthesized();
        }
        if (open.is("[")) {
            return list();
        }
        if (open.is("{")) {
            return map();
        }
        throw TokenReader.refuse(open, "a value must stand here, was " + TokenReader.shown(open));
    }

    private Expression parenthesized() {
        if (tokens.takeOperator(")")) {
            return new Expression.ListOf(List.of());
        }
        Expression inner = expressions.listed();
        tokens.operator(")");
        return inner;
    }

    private Expression list() {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeOperator("]")) {
            items.add(expressions.expression());
            commaUnless("]");
        }
        return new Expression.ListOf(items);
    }

    private Expression map() {
        Map<Expression, Expression> entries = new LinkedHashMap<>();
        while (!tokens.takeOperator("}")) {
            Expression key = expressions.expression();
            tokens.operator(":");
            entries.put(key, expressions.expression());
            commaUnless("}");
        }
        return new Expression.MapOf(entries);
    }

    /** An operand with the attributes, subscripts and calls that follow it. */
    Expression postfixed(Expression operand) {
        Expression value = operand;
        for (int chain = 0; ; tokens.requireChain(++chain)) {
            if (tokens.takeOperator(".")) {
                value = attribute(value);
            } else if (tokens.takeOperator("[")) {
                value = subscript(value);
                tokens.operator("]");
            } else if (tokens.peek().is("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression attribute(Expression of) {
        Token field = tokens.next();
        return switch (field.kind()) {
            case INTEGER -> new Expression.Item(of, new Literal(integer(field)));
            case NAME -> new Expression.Attribute(of, field.text());
            default -> throw TokenReader.refuse(field, "a name must follow a point, was " + TokenReader.shown(field));
        };
    }

    private Expression subscript(Expression of) {
        Expression first = tokens.peek().is(":") ? Literal.NONE : expressions.expression();
        if (!tokens.takeOperator(":")) {
            return new Expression.Item(of, first);
        }
        boolean open = tokens.peek().is(":") || tokens.peek().is("]");
        Expression to = open ? Literal.NONE : expressions.expression();
        Expression step = Literal.NONE;
        if (tokens.takeOperator(":")) {
            step = tokens.peek().is("]") ? Literal.NONE : expressions.expression();
        }
        return new Expression.Slice(of, first, to, step);
    }

    /** The arguments of a call, from the bracket that opens to the one that closes. */
    ArgumentList arguments() {
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        tokens.operator("(");
        while (!tokens.takeOperator(")")) {
            if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().is("=")) {
                String name = tokens.name();
                tokens.operator("=");
                named.put(name, expressions.expression());
            } else {
                positional.add(expressions.expression());
            }
            commaUnless(")");
        }
        return new ArgumentList(positional, named);
    }

    private void commaUnless(String close) {
        if (!tokens.peek().is(close)) {
            tokens.operator(",");
        }
    }
}
