package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Expression.Literal;
import dev.sublinear.model.jinja.Lexer.Kind;
import dev.sublinear.model.jinja.Lexer.Token;
import dev.sublinear.model.jinja.Statement.End;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Makes statements of tokens, with jinja2's precedence. Also notes every variable that is read. */
final class Parser {
    private static final int MAX_DEPTH = 64;
    /** Operators in a row: each is a level of recursion when it is evaluated. */
    private static final int MAX_CHAIN = 128;

    private static final Map<String, Object> CONSTANTS = Map.of(
            "true", true, "True", true, "false", false, "False", false, "none", Values.NONE, "None", Values.NONE);

    private final List<Token> tokens;
    private final Set<String> names = new LinkedHashSet<>();
    private int at;
    private int depth;
    private int loops;

    Parser(String source) {
        this.tokens = Lexer.tokens(source);
    }

    List<Statement> parse() {
        List<Statement> body = body();
        if (peek().kind() != Kind.END) {
            throw refuse("there is no block that " + shown(tokens.get(at + 1)) + " could end");
        }
        return body;
    }

    /** The variables that are read. */
    Set<String> names() {
        return names;
    }

    /** Statements up to the end or to a tag that begins with one of the words that end or part a block. */
    private List<Statement> body() {
        deeper();
        List<Statement> body = new ArrayList<>();
        while (peek().kind() != Kind.END) {
            Token token = peek();
            switch (token.kind()) {
                case DATA -> {
                    next();
                    body.add(new Statement.Data(Text.written(token.text())));
                }
                case PRINT_BEGIN -> {
                    next();
                    body.add(new Statement.Print(listed(), token.line()));
                    expect(Kind.PRINT_END, "}}");
                }
                default -> {
                    String word = tokens.get(at + 1).text();
                    if (word.startsWith("end") || word.equals("else") || word.equals("elif")) {
                        depth--;
                        return body;
                    }
                    next();
                    body.add(statement());
                }
            }
        }
        depth--;
        return body;
    }

    private Statement statement() {
        Token token = next();
        int line = token.line();
        return switch (token.text()) {
            case "if" -> ifStatement(line);
            case "for" -> forStatement(line);
            case "set" -> setStatement(line);
            case "macro" -> macro();
            case "call" -> callBlock(line);
            case "filter" -> filterBlock(line);
            case "with" -> with();
            case "generation" -> {
                closeTag();
                yield new Statement.With(Map.of(), block("endgeneration"));
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw refuse(token.text() + " must stand in a loop");
                }
                closeTag();
                yield new Statement.Leave(token.text().equals("break") ? End.BREAK : End.CONTINUE);
            }
            default ->
                throw refuse(
                        "tag must be one of if, for, set, macro, call, filter, with, generation, break, continue, raw, was "
                                + shown(token));
        };
    }

    private Statement ifStatement(int line) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        int branchLine = line;
        while (true) {
            Expression condition = expression();
            closeTag();
            branches.add(new Statement.If.Branch(condition, body(), branchLine));
            if (!nextTagIs("elif")) {
                break;
            }
            branchLine = peek().line();
            at += 2;
        }
        return new Statement.If(branches, otherwise("endif"));
    }

    private Statement forStatement(int line) {
        List<String> targets = targets();
        if (!next().named("in")) {
            throw refuse("for must name what it loops over after in");
        }
        Expression items = tuple(this::withoutCondition);
        Expression condition = new Literal(true);
        if (peek().named("if")) {
            next();
            condition = expression();
        }
        if (peek().named("recursive")) {
            throw refuse("recursive loops are not supported");
        }
        closeTag();
        loops++;
        List<Statement> body = body();
        loops--;
        return new Statement.For(targets, items, condition, body, otherwise("endfor"), line);
    }

    private List<Statement> otherwise(String end) {
        List<Statement> otherwise = List.of();
        if (nextTagIs("else")) {
            at += 2;
            closeTag();
            otherwise = body();
        }
        endTag(end);
        return otherwise;
    }

    private Statement setStatement(int line) {
        Token first = peek();
        if (tokens.get(at + 1).is(".")) {
            next();
            next();
            String field = name();
            names.add(first.text());
            equalSign();
            Expression value = listed();
            closeTag();
            return new Statement.SetField(first.text(), field, value, line);
        }
        List<String> targets = targets();
        if (peek().is("=")) {
            next();
            Expression value = listed();
            closeTag();
            return new Statement.Set(targets, value, line);
        }
        List<FilterCall> filters = filters();
        closeTag();
        return new Statement.Captured(block("endset"), text -> filtered(text, filters), targets, line);
    }

    private Statement filterBlock(int line) {
        List<FilterCall> filters = new ArrayList<>(List.of(filterCall()));
        filters.addAll(filters());
        closeTag();
        return new Statement.Captured(block("endfilter"), text -> filtered(text, filters), List.of(), line);
    }

    private record FilterCall(String name, List<Expression> positional, Map<String, Expression> named) {}

    private static Expression filtered(Text text, List<FilterCall> filters) {
        Expression value = new Literal(text);
        for (FilterCall filter : filters) {
            value = new Expression.Filtered(value, filter.name(), filter.positional(), filter.named());
        }
        return value;
    }

    private List<FilterCall> filters() {
        List<FilterCall> filters = new ArrayList<>();
        while (peek().is("|")) {
            next();
            filters.add(filterCall());
            requireChain(filters.size());
        }
        return filters;
    }

    private FilterCall filterCall() {
        String name = name();
        if (!Filters.NAMES.contains(name)) {
            throw refuse(
                    "filter must be one of " + Filters.NAMES.stream().sorted().toList() + ", was " + name);
        }
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        if (peek().is("(")) {
            arguments(positional, named);
        }
        return new FilterCall(name, positional, named);
    }

    private Statement with() {
        Map<String, Expression> variables = new LinkedHashMap<>();
        while (peek().kind() != Kind.TAG_END) {
            String name = name();
            equalSign();
            variables.put(name, expression());
            if (peek().is(",")) {
                next();
            }
        }
        closeTag();
        return new Statement.With(variables, block("endwith"));
    }

    private Statement macro() {
        String name = name();
        Map<String, Expression> parameters = parameters();
        closeTag();
        int around = loops;
        loops = 0;
        Statement macro = new Statement.Macro(name, parameters, block("endmacro"));
        loops = around;
        return macro;
    }

    private Statement callBlock(int line) {
        Map<String, Expression> parameters = peek().is("(") ? parameters() : Map.of();
        if (!(expression() instanceof Expression.Call call)) {
            throw refuse("call must call a macro");
        }
        closeTag();
        return new Statement.CallBlock(call, new Statement.Macro("caller", parameters, block("endcall")), line);
    }

    private Map<String, Expression> parameters() {
        expectOperator("(");
        Map<String, Expression> parameters = new LinkedHashMap<>();
        while (!peek().is(")")) {
            String name = name();
            Expression otherwise = new Literal(new Values.Undefined(name));
            if (peek().is("=")) {
                next();
                otherwise = expression();
            }
            parameters.put(name, otherwise);
            if (!peek().is(")")) {
                expectOperator(",");
            }
        }
        next();
        return parameters;
    }

    private List<Statement> block(String end) {
        List<Statement> body = body();
        endTag(end);
        return body;
    }

    private boolean nextTagIs(String word) {
        return peek().kind() == Kind.TAG_BEGIN && tokens.get(at + 1).named(word);
    }

    private void endTag(String word) {
        if (!nextTagIs(word)) {
            throw refuse(word + " is missing");
        }
        at += 2;
        // "endset" and others may repeat a name.
        if (peek().kind() == Kind.NAME) {
            next();
        }
        closeTag();
    }

    private void closeTag() {
        expect(Kind.TAG_END, "%}");
    }

    private List<String> targets() {
        boolean bracket = peek().is("(");
        if (bracket) {
            next();
        }
        List<String> targets = new ArrayList<>(List.of(name()));
        while (peek().is(",")) {
            next();
            targets.add(name());
        }
        if (bracket) {
            expectOperator(")");
        }
        return targets;
    }

    /** One expression or several, which are a list then. */
    private Expression listed() {
        return tuple(this::expression);
    }

    private Expression tuple(Supplier<Expression> part) {
        Expression first = part.get();
        if (!peek().is(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (peek().is(",")) {
            next();
            boolean ends = peek().kind() == Kind.TAG_END || peek().kind() == Kind.PRINT_END || peek().is(")");
            if (!ends) {
                items.add(part.get());
            }
        }
        return new Expression.ListOf(items);
    }

    private Expression expression() {
        deeper();
        Expression value = withoutCondition();
        for (int chain = 0; peek().named("if"); requireChain(++chain)) {
            next();
            Expression condition = withoutCondition();
            Expression otherwise = new Literal(new Values.Undefined("the else of an if"));
            if (peek().named("else")) {
                next();
                otherwise = expression();
            }
            value = new Expression.Conditional(condition, value, otherwise);
        }
        depth--;
        return value;
    }

    private Expression withoutCondition() {
        Expression left = and();
        for (int chain = 0; peek().named("or"); requireChain(++chain)) {
            next();
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        for (int chain = 0; peek().named("and"); requireChain(++chain)) {
            next();
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (!peek().named("not")) {
            return comparison();
        }
        deeper();
        next();
        Expression negated = new Expression.Not(not());
        depth--;
        return negated;
    }

    private Expression comparison() {
        Expression first = sum();
        List<Expression.Comparison.Next> rest = new ArrayList<>();
        while (true) {
            Token token = peek();
            boolean compares = token.kind() == Kind.OPERATOR
                    && Set.of("==", "!=", "<", "<=", ">", ">=").contains(token.text());
            if (compares || token.named("in")) {
                next();
                rest.add(new Expression.Comparison.Next(token.text(), sum()));
            } else if (token.named("not") && tokens.get(at + 1).named("in")) {
                at += 2;
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
        for (int chain = 0;
                peek().kind() == Kind.OPERATOR && operators.contains(peek().text());
                requireChain(++chain)) {
            String operator = next().text();
            left = new Expression.Binary(operator, left, part.get());
        }
        return left;
    }

    private Expression unary() {
        return suffixed(signed());
    }

    private Expression signed() {
        if (!peek().is("-") && !peek().is("+")) {
            return postfixed(primary());
        }
        deeper();
        boolean negative = next().is("-");
        Expression of = signed();
        depth--;
        return negative ? new Expression.Negative(of) : of;
    }

    /** Filters and tests, which bind closer than any operator. */
    private Expression suffixed(Expression of) {
        Expression value = of;
        for (int chain = 0; ; requireChain(++chain)) {
            if (peek().is("|")) {
                next();
                FilterCall filter = filterCall();
                value = postfixed(new Expression.Filtered(value, filter.name(), filter.positional(), filter.named()));
            } else if (peek().named("is")) {
                next();
                value = test(value);
            } else {
                return value;
            }
        }
    }

    private Expression test(Expression of) {
        boolean negated = peek().named("not");
        if (negated) {
            next();
        }
        Token token = next();
        String name = token.text().toLowerCase(java.util.Locale.ROOT);
        if (!Tests.NAMES.contains(name)) {
            throw refuse("test must be one of " + Tests.NAMES.stream().sorted().toList() + ", was " + shown(token));
        }
        List<Expression> positional = new ArrayList<>();
        if (peek().is("(")) {
            Map<String, Expression> named = new LinkedHashMap<>();
            arguments(positional, named);
            positional.addAll(named.values());
        } else if (beginsOperand()) {
            positional.add(postfixed(primary()));
        }
        Expression test = new Expression.Tested(of, name, positional);
        return negated ? new Expression.Not(test) : test;
    }

    /** Whether an argument of a test follows without brackets. */
    private boolean beginsOperand() {
        Token token = peek();
        return switch (token.kind()) {
            case NAME ->
                !Set.of("else", "or", "and", "is", "if", "in", "not", "recursive")
                        .contains(token.text());
            case STRING, INTEGER, DECIMAL -> true;
            default -> token.is("[") || token.is("{");
        };
    }

    private Expression primary() {
        deeper();
        Token token = next();
        Expression value = switch (token.kind()) {
            case NAME -> nameOrConstant(token);
            case STRING -> strings(token);
            case INTEGER -> new Literal(integer(token));
            case DECIMAL -> new Literal(Double.valueOf(token.text()));
            default -> bracketed(token);
        };
        depth--;
        return value;
    }

    private Expression nameOrConstant(Token token) {
        Object constant = CONSTANTS.get(token.text());
        if (constant != null) {
            return new Literal(constant);
        }
        names.add(token.text());
        return new Expression.Name(token.text());
    }

    private Literal strings(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (peek().kind() == Kind.STRING) {
            text.append(next().text());
        }
        return new Literal(Text.written(text.toString()));
    }

    private Long integer(Token token) {
        try {
            return Long.valueOf(token.text());
        } catch (NumberFormatException e) {
            throw refuse("a whole number must have at most 63 bits, was " + token.text());
        }
    }

    private Expression bracketed(Token open) {
        if (open.is("(")) {
            if (peek().is(")")) {
                next();
                return new Expression.ListOf(List.of());
            }
            Expression inner = listed();
            expectOperator(")");
            return inner;
        }
        if (open.is("[")) {
            List<Expression> items = new ArrayList<>();
            while (!peek().is("]")) {
                items.add(expression());
                if (!peek().is("]")) {
                    expectOperator(",");
                }
            }
            next();
            return new Expression.ListOf(items);
        }
        if (open.is("{")) {
            Map<Expression, Expression> entries = new LinkedHashMap<>();
            while (!peek().is("}")) {
                Expression key = expression();
                expectOperator(":");
                entries.put(key, expression());
                if (!peek().is("}")) {
                    expectOperator(",");
                }
            }
            next();
            return new Expression.MapOf(entries);
        }
        at--;
        throw refuse("a value must stand here, was " + shown(open));
    }

    private Expression postfixed(Expression of) {
        Expression value = of;
        for (int chain = 0; ; requireChain(++chain)) {
            if (peek().is(".")) {
                next();
                Token field = next();
                boolean index = field.kind() == Kind.INTEGER;
                if (!index && field.kind() != Kind.NAME) {
                    at--;
                    throw refuse("a name must follow a point, was " + shown(field));
                }
                value = index
                        ? new Expression.Item(value, new Literal(integer(field)))
                        : new Expression.Attribute(value, field.text());
            } else if (peek().is("[")) {
                next();
                value = subscript(value);
                expectOperator("]");
            } else if (peek().is("(")) {
                List<Expression> positional = new ArrayList<>();
                Map<String, Expression> named = new LinkedHashMap<>();
                arguments(positional, named);
                value = new Expression.Call(value, positional, named);
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression of) {
        Expression first = peek().is(":") ? Literal.NONE : expression();
        if (!peek().is(":")) {
            return new Expression.Item(of, first);
        }
        next();
        Expression to = peek().is(":") || peek().is("]") ? Literal.NONE : expression();
        Expression step = Literal.NONE;
        if (peek().is(":")) {
            next();
            step = peek().is("]") ? Literal.NONE : expression();
        }
        return new Expression.Slice(of, first, to, step);
    }

    private void arguments(List<Expression> positional, Map<String, Expression> named) {
        expectOperator("(");
        while (!peek().is(")")) {
            if (peek().kind() == Kind.NAME && tokens.get(at + 1).is("=")) {
                String name = name();
                next();
                named.put(name, expression());
            } else {
                positional.add(expression());
            }
            if (!peek().is(")")) {
                expectOperator(",");
            }
        }
        next();
    }

    private Token peek() {
        return tokens.get(at);
    }

    private Token next() {
        Token token = tokens.get(at);
        if (token.kind() == Kind.END) {
            throw refuse("it ends too early");
        }
        at++;
        return token;
    }

    private String name() {
        Token token = next();
        if (token.kind() != Kind.NAME) {
            at--;
            throw refuse("a name must stand here, was " + shown(token));
        }
        return token.text();
    }

    private void equalSign() {
        expectOperator("=");
    }

    private void expectOperator(String operator) {
        Token token = next();
        if (!token.is(operator)) {
            at--;
            throw refuse(operator + " must stand here, was " + shown(token));
        }
    }

    private void expect(Kind kind, String shown) {
        Token token = next();
        if (token.kind() != kind) {
            at--;
            throw refuse(shown + " must stand here, was " + shown(token));
        }
    }

    private void deeper() {
        if (++depth > MAX_DEPTH) {
            throw refuse("it must not be nested more than " + MAX_DEPTH + " deep");
        }
    }

    private void requireChain(int length) {
        if (length > MAX_CHAIN) {
            throw refuse("it must not have more than " + MAX_CHAIN + " operators in a row");
        }
    }

    private static String shown(Token token) {
        return switch (token.kind()) {
            case TAG_END -> "the end of the tag";
            case PRINT_END -> "the end of the expression";
            case STRING -> "a text";
            default -> "\"" + (token.text().length() > 40 ? token.text().substring(0, 40) + "…" : token.text()) + "\"";
        };
    }

    private TemplateException refuse(String rule) {
        return new TemplateException(rule)
                .at(tokens.get(Math.min(at, tokens.size() - 1)).line());
    }
}
