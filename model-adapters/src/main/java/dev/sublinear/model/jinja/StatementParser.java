package dev.sublinear.model.jinja;

import dev.sublinear.model.jinja.Expression.Literal;
import dev.sublinear.model.jinja.Lexer.Kind;
import dev.sublinear.model.jinja.Lexer.Token;
import dev.sublinear.model.jinja.Statement.End;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Parses a template: text, prints, tags, and the blocks between tags. */
final class StatementParser {
    private final TokenReader tokens;
    private final ExpressionParser expressions;
    /** How many loops the statement lies in, up to the macro around it. */
    private int loops;

    StatementParser(String source) {
        this.tokens = new TokenReader(Lexer.tokens(source));
        this.expressions = new ExpressionParser(tokens);
    }

    List<Statement> parse() {
        List<Statement> body = body();
        if (tokens.peek().kind() != Kind.END) {
            throw tokens.refuse("there is no block that " + TokenReader.shown(tokens.peekSecond()) + " could end");
        }
        return body;
    }

    /** The names of the variables that are read. */
    Set<String> variables() {
        return expressions.variables();
    }

    /** Statements up to the end, or up to a tag that ends a block or begins its next part. */
    private List<Statement> body() {
        tokens.enter();
        List<Statement> body = new ArrayList<>();
        while (tokens.peek().kind() != Kind.END && !atEndOfBody()) {
            Token token = tokens.next();
            body.add(
                    switch (token.kind()) {
                        case DATA -> new Statement.Data(Text.written(token.text()));
                        case PRINT_BEGIN -> print(token.line());
                        default -> tag();
                    });
        }
        tokens.leave();
        return body;
    }

    private boolean atEndOfBody() {
        String word =
                tokens.peek().kind() == Kind.TAG_BEGIN ? tokens.peekSecond().text() : "";
        return word.startsWith("end") || word.equals("else") || word.equals("elif");
    }

    private Statement print(int line) {
        Statement print = new Statement.Print(expressions.listed(), line);
        tokens.closePrint();
        return print;
    }

    private Statement tag() {
        Token token = tokens.next();
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
                tokens.closeTag();
                yield new Statement.With(Map.of(), block("endgeneration"));
            }
            case "break" -> leave(token, End.BREAK);
            case "continue" -> leave(token, End.CONTINUE);
            default ->
                throw tokens.refuse(
                        "tag must be one of if, for, set, macro, call, filter, with, generation, break, continue, raw, was "
                                + TokenReader.shown(token));
        };
    }

    private Statement ifStatement(int line) {
        List<Statement.If.Branch> branches = new ArrayList<>();
        branches.add(branch(line));
        while (tokens.atTag("elif")) {
            int branchLine = tokens.peek().line();
            tokens.takeTag("elif");
            branches.add(branch(branchLine));
        }
        return new Statement.If(branches, otherwise("endif"));
    }

    private Statement.If.Branch branch(int line) {
        Expression condition = expressions.expression();
        tokens.closeTag();
        return new Statement.If.Branch(condition, body(), line);
    }

    private Statement forStatement(int line) {
        List<String> targets = targets();
        if (!tokens.next().named("in")) {
            throw tokens.refuse("for must name what it loops over after in");
        }
        Expression items = expressions.loopItems();
        Expression condition = tokens.takeName("if") ? expressions.expression() : new Literal(true);
        if (tokens.peek().named("recursive")) {
            throw tokens.refuse("recursive loops are not supported");
        }
        tokens.closeTag();
        loops++;
        List<Statement> body = body();
        loops--;
        return new Statement.For(targets, items, condition, body, otherwise("endfor"), line);
    }

    private Statement leave(Token word, End end) {
        if (loops == 0) {
            throw tokens.refuse(word.text() + " must stand in a loop");
        }
        tokens.closeTag();
        return new Statement.Leave(end);
    }

    private Statement setStatement(int line) {
        if (tokens.peekSecond().is(".")) {
            return setField(line);
        }
        List<String> targets = targets();
        if (tokens.takeOperator("=")) {
            Expression value = expressions.listed();
            tokens.closeTag();
            return new Statement.Set(targets, value, line);
        }
        List<FilterCall> filters = expressions.filters();
        tokens.closeTag();
        return new Statement.Captured(block("endset"), filters, targets, line);
    }

    private Statement setField(int line) {
        String namespace = tokens.next().text();
        tokens.operator(".");
        String field = tokens.name();
        expressions.noteRead(namespace);
        tokens.operator("=");
        Expression value = expressions.listed();
        tokens.closeTag();
        return new Statement.SetField(namespace, field, value, line);
    }

    private Statement filterBlock(int line) {
        List<FilterCall> filters = new ArrayList<>(List.of(expressions.filterCall()));
        filters.addAll(expressions.filters());
        tokens.closeTag();
        return new Statement.Captured(block("endfilter"), filters, List.of(), line);
    }

    private Statement with() {
        Map<String, Expression> variables = new LinkedHashMap<>();
        while (tokens.peek().kind() != Kind.TAG_END) {
            String name = tokens.name();
            tokens.operator("=");
            variables.put(name, expressions.expression());
            tokens.takeOperator(",");
        }
        tokens.closeTag();
        return new Statement.With(variables, block("endwith"));
    }

    private Statement macro() {
        String name = tokens.name();
        Map<String, Expression> parameters = parameters();
        tokens.closeTag();
        int around = loops;
        loops = 0;
        Statement macro = new Statement.Macro(name, parameters, block("endmacro"));
        loops = around;
        return macro;
    }

    private Statement callBlock(int line) {
        Map<String, Expression> parameters = tokens.peek().is("(") ? parameters() : Map.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw tokens.refuse("call must call a macro");
        }
        tokens.closeTag();
        return new Statement.CallBlock(call, new Statement.Macro("caller", parameters, block("endcall")), line);
    }

    /** The parameters of a macro, each with its value where a call gives none. */
    private Map<String, Expression> parameters() {
        tokens.operator("(");
        Map<String, Expression> parameters = new LinkedHashMap<>();
        while (!tokens.takeOperator(")")) {
            String name = tokens.name();
            parameters.put(
                    name,
                    tokens.takeOperator("=") ? expressions.expression() : new Literal(new Values.Undefined(name)));
            if (!tokens.peek().is(")")) {
                tokens.operator(",");
            }
        }
        return parameters;
    }

    /** The variables that are set: one name, or several that commas part, in brackets or not. */
    private List<String> targets() {
        boolean bracket = tokens.takeOperator("(");
        List<String> targets = new ArrayList<>(List.of(tokens.name()));
        while (tokens.takeOperator(",")) {
            targets.add(tokens.name());
        }
        if (bracket) {
            tokens.operator(")");
        }
        return targets;
    }

    /** What an {@code else} tag begins, empty without one, up to the tag that ends the block. */
    private List<Statement> otherwise(String end) {
        List<Statement> otherwise = List.of();
        if (tokens.takeTag("else")) {
            tokens.closeTag();
            otherwise = body();
        }
        endTag(end);
        return otherwise;
    }

    private List<Statement> block(String end) {
        List<Statement> body = body();
        endTag(end);
        return body;
    }

    private void endTag(String word) {
        if (!tokens.takeTag(word)) {
            throw tokens.refuse(word + " is missing");
        }
        // "endset" and others may repeat a name.
        if (tokens.peek().kind() == Kind.NAME) {
            tokens.next();
        }
        tokens.closeTag();
    }
}
